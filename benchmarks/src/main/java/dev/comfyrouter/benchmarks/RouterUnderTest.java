package dev.comfyrouter.benchmarks;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.EOFException;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// The router of the distribution in a process of its own, with a data directory of its own.
final class RouterUnderTest implements AutoCloseable {
    private static final Pattern PORT = Pattern.compile("listens on port (\\d+)");
    private static final Pattern DONE = Pattern.compile("comfyrouter_tasks\\{status=\"done\"} ([0-9.E]+)");
    private static final Pattern IDLE = Pattern.compile("comfyrouter_nodes\\{status=\"idle\"} ([0-9.E]+)");

    private final Scratch home;
    private final Process process;
    private final int port;

    private RouterUnderTest(Scratch home, Process process, int port) {
        this.home = home;
        this.process = process;
        this.port = port;
    }

    /// Starts a router that knows these nodes, with limits that no measurement reaches.
    static RouterUnderTest start(Path distribution, Collection<URI> nodes) throws IOException, InterruptedException {
        return start(distribution, nodes, Map.of());
    }

    static RouterUnderTest start(Path distribution, Collection<URI> nodes, Map<String, String> more)
            throws IOException, InterruptedException {
        Scratch home = Scratch.make();
        Map<String, String> settings = new HashMap<>(Map.of(
                "COMFY_ROUTER__HOST", "127.0.0.1",
                "COMFY_ROUTER__PORT", "0",
                "COMFY_ROUTER__DATA_DIR", home.resolve("data").toString(),
                "COMFY_ROUTER__DOWNLOAD__CACHE_DIR", home.resolve("cache").toString(),
                "COMFY_ROUTER__DOWNLOAD__ROOT_DIR", home.resolve("comfyui").toString(),
                "COMFY_ROUTER__DOWNLOAD__RECORD_PATH",
                        home.resolve("record.json").toString(),
                "COMFY_ROUTER__PENDING_LIMIT", "1000000",
                "COMFY_ROUTER__HISTORY_LIMIT", "1000000",
                "COMFY_ROUTER__NODES", nodes.stream().map(URI::toString).collect(Collectors.joining(",")),
                "JAVA_HOME", System.getProperty("java.home")));
        settings.put("COMFY_ROUTER_START_CACHE", "off"); // nothing else is to run meanwhile
        settings.putAll(more);
        ProcessBuilder builder = new ProcessBuilder(
                        distribution.resolve("bin/comfy-router").toString())
                .directory(home.folder().toFile())
                .redirectErrorStream(true);
        builder.environment().putAll(settings);
        Process process = builder.start();
        CompletableFuture<Integer> port = new CompletableFuture<>();
        Thread.ofVirtual().start(() -> follow(process, home.resolve("log"), port));
        try {
            return new RouterUnderTest(home, process, port.get(60, TimeUnit.SECONDS));
        } catch (ExecutionException | TimeoutException failed) {
            process.destroyForcibly();
            throw new IOException("the router did not start:\n" + Files.readString(home.resolve("log")), failed);
        }
    }

    /// Keeps what the router says, and hears its port in it; nobody looks for that meanwhile, which would take the
    /// router's CPU time.
    private static void follow(Process process, Path log, CompletableFuture<Integer> port) {
        try (BufferedReader lines = process.inputReader();
                BufferedWriter kept = Files.newBufferedWriter(log)) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                Matcher found = PORT.matcher(line);
                if (found.find()) {
                    port.complete(Integer.parseInt(found.group(1)));
                }
                kept.write(line);
                kept.newLine();
                kept.flush();
            }
            port.completeExceptionally(new EOFException("it ended"));
        } catch (IOException closed) {
            port.completeExceptionally(closed);
        }
    }

    int port() {
        return port;
    }

    Connection connect() throws IOException {
        return new Connection(port);
    }

    /// Waits until so many of its nodes are online and have nothing to do.
    void awaitNodes(int count) throws IOException, InterruptedException {
        await(IDLE, count, Duration.ofMillis(100));
    }

    /// Waits until so many tasks are done; a look costs the router a query, so it is best begun near the end.
    void awaitDone(int count) throws IOException, InterruptedException {
        await(DONE, count, Duration.ofMillis(5));
    }

    private void await(Pattern metric, int count, Duration pause) throws IOException, InterruptedException {
        long end = System.nanoTime() + TimeUnit.MINUTES.toNanos(2);
        try (Connection caller = connect()) {
            while (figure(caller.get("/metrics").body(), metric) < count) {
                if (System.nanoTime() > end || process.waitFor(pause.toMillis(), TimeUnit.MILLISECONDS)) {
                    throw new IOException("not " + count + " of " + metric + ":\n"
                            + caller.get("/metrics").body() + "\n" + Files.readString(home.resolve("log")));
                }
            }
        }
    }

    private static double figure(String metrics, Pattern pattern) {
        Matcher found = pattern.matcher(metrics);
        return found.find() ? Double.parseDouble(found.group(1)) : -1;
    }

    /// The memory that the process has, in MiB.
    long residentMiB() throws IOException {
        try (Stream<String> lines = Files.lines(Path.of("/proc/" + process.pid() + "/status"))) {
            return lines.filter(line -> line.startsWith("VmRSS:"))
                    .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) / 1024)
                    .findFirst()
                    .orElse(-1);
        }
    }

    /// The heap that is in use after a full collection, in MiB.
    long liveHeapMiB() throws IOException, InterruptedException {
        jcmd("GC.run");
        Matcher used = Pattern.compile("(\\d+)K? used|used (\\d+)K").matcher(jcmd("GC.heap_info"));
        long kilobytes = 0;
        while (used.find()) {
            kilobytes += Long.parseLong(used.group(2) == null ? used.group(1) : used.group(2));
        }
        return kilobytes / 1024;
    }

    /// The CPU time that it has used since its start.
    Duration cpu() {
        return process.toHandle().info().totalCpuDuration().orElse(Duration.ZERO);
    }

    /// Records where time goes from now on, if `-Dbenchmarks.jfr=<folder>` asks for it.
    void record(String name) throws IOException, InterruptedException {
        String folder = System.getProperty("benchmarks.jfr", "");
        if (!folder.isEmpty()) {
            Path file = Path.of(folder).toAbsolutePath().resolve(name.replaceAll("[^A-Za-z0-9]+", "-") + ".jfr");
            jcmd("JFR.start", "name=benchmark", "settings=profile", "filename=" + file);
        }
    }

    /// Ends what [#record] began.
    void recorded() throws IOException, InterruptedException {
        if (!System.getProperty("benchmarks.jfr", "").isEmpty()) {
            jcmd("JFR.stop", "name=benchmark");
        }
    }

    private String jcmd(String... command) throws IOException, InterruptedException {
        List<String> words = Stream.concat(
                        Stream.of(
                                Path.of(System.getProperty("java.home"), "bin", "jcmd")
                                        .toString(),
                                Long.toString(process.pid())),
                        Stream.of(command))
                .toList();
        Process jcmd = new ProcessBuilder(words).redirectErrorStream(true).start();
        String said = new String(jcmd.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        jcmd.waitFor();
        return said;
    }

    @Override
    public void close() throws IOException {
        process.destroyForcibly();
        process.onExit().join();
        home.close();
    }
}
