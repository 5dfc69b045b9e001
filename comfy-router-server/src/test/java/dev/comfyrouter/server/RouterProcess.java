package dev.comfyrouter.server;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// The router of the built distribution, running in a process of its own.
public final class RouterProcess {
    private static final Pattern PORT = Pattern.compile("listens on port (\\d+)");
    private static final Duration LONG = Duration.ofSeconds(60);

    private final Process process;
    private final int port;
    private final Thread logger;

    private RouterProcess(Process process, int port, Thread logger) {
        this.process = process;
        this.port = port;
        this.logger = logger;
    }

    /// Makes the start cache, which pays for itself after a few starts.
    static void makeStartCache() throws IOException, InterruptedException {
        Process made = launcher(List.of("--aot"), Map.of())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        made.waitFor(2, TimeUnit.MINUTES); // without the cache starts are slower, and nothing else
    }

    /// Starts a router that keeps all it has below a directory, and waits until it listens.
    ///
    /// @param log what the process says is added to this file
    public static RouterProcess start(Path directory, Path log, Map<String, String> settings)
            throws IOException, InterruptedException {
        ProcessBuilder builder = launcher(List.of(), settings).directory(directory.toFile());
        builder.environment()
                .putAll(Map.of(
                        "COMFY_ROUTER__HOST", "127.0.0.1",
                        "COMFY_ROUTER__PORT", "0",
                        "COMFY_ROUTER__DATA_DIR", directory.resolve("data").toString(),
                        "COMFY_ROUTER__DOWNLOAD__CACHE_DIR",
                                directory.resolve("cache").toString(),
                        "COMFY_ROUTER__DOWNLOAD__ROOT_DIR",
                                directory.resolve("comfyui").toString(),
                        "COMFY_ROUTER__DOWNLOAD__RECORD_PATH",
                                directory.resolve("record.json").toString(),
                        "JDK_JAVA_OPTIONS", "-Xmx256m -XX:TieredStopAtLevel=1"));
        Process process = builder.redirectErrorStream(true).start();
        CompletableFuture<Integer> port = new CompletableFuture<>();
        Thread logger = Thread.ofVirtual().start(() -> {
            process.inputReader(StandardCharsets.UTF_8).lines().forEach(line -> {
                append(log, line);
                Matcher found = PORT.matcher(line);
                if (found.find()) {
                    port.complete(Integer.valueOf(found.group(1)));
                }
            });
            port.completeExceptionally(new IOException("it ended"));
        });
        try {
            return new RouterProcess(process, port.get(LONG.toMillis(), TimeUnit.MILLISECONDS), logger);
        } catch (ExecutionException | TimeoutException failed) {
            process.toHandle().destroyForcibly();
            throw new IOException("the router did not start:\n" + Files.readString(log), failed);
        }
    }

    public int port() {
        return port;
    }

    /// Waits for a while that a process which ends by itself cuts short.
    void let(Duration live) throws InterruptedException {
        if (process.waitFor(live.toMillis(), TimeUnit.MILLISECONDS)) {
            throw new AssertionError("the router ended by itself, with exit code " + process.exitValue());
        }
    }

    /// SIGKILL: nothing in the process hears of it.
    public void kill() throws InterruptedException {
        process.toHandle().destroyForcibly(); // unlike that of `Process`, it leaves what was said readable
        process.waitFor();
        logger.join();
    }

    /// SIGTERM; gives the exit code.
    int stop() throws InterruptedException {
        process.toHandle().destroy();
        if (!process.waitFor(LONG.toMillis(), TimeUnit.MILLISECONDS)) {
            kill();
            throw new AssertionError("the router did not stop within " + LONG);
        }
        logger.join();
        return process.exitValue();
    }

    private static ProcessBuilder launcher(List<String> arguments, Map<String, String> settings) throws IOException {
        Path script;
        try (Stream<Path> built = Files.list(Path.of("target"))) {
            script = built.map(folder -> folder.resolve("bin/comfy-router"))
                    .filter(Files::isExecutable)
                    .findFirst()
                    .orElseThrow(() -> new IOException("there is no distribution in target: run ./mvnw package"));
        }
        ProcessBuilder builder = new ProcessBuilder(
                Stream.concat(Stream.of(script.toAbsolutePath().toString()), arguments.stream())
                        .toList());
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        builder.environment().putAll(settings);
        return builder;
    }

    private static void append(Path log, String line) {
        try {
            Files.writeString(log, line + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }
}
