package dev.comfyrouter.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Other processes: one that is killed, one that holds the lock, one that has an evicted file mapped.
class ChildProcessTest extends BenchTest {

    private static final byte[] FILE = Bench.bytes(1, 1_000_000);

    private static Process child(Class<?> main, Object... arguments) throws IOException {
        var command = new java.util.ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                main.getName()));
        for (var argument : arguments) {
            command.add(argument.toString());
        }
        return new ProcessBuilder(command).redirectErrorStream(true).start();
    }

    private static void says(BufferedReader out, String line) throws IOException {
        for (var said = out.readLine(); said != null; said = out.readLine()) {
            if (said.equals(line)) {
                return;
            }
        }
        throw new AssertionError("the child ended without saying " + line);
    }

    private static BufferedReader reader(Process child) {
        return new BufferedReader(new InputStreamReader(child.getInputStream(), StandardCharsets.UTF_8));
    }

    /// Opens the cache, fetches one URL, links it, says `done` and waits for its end.
    static final class Fetcher {
        private Fetcher() {}

        public static void main(String[] arguments) throws Exception {
            var directory = Path.of(arguments[0]);
            var models = directory.resolveSibling("comfy").resolve("models");
            try (var cache = FileCache.open(CacheSettings.builder(directory, directory.resolveSibling("record.json"))
                    .linkRoot(models)
                    .allowPrivate("localhost")
                    .freeSpaceFloor(0)
                    .build())) {
                System.out.println("open");
                try (var lease = Bench.get(cache, DownloadRequest.of(URI.create(arguments[1]), FileKind.ANY))) {
                    lease.link(models.resolve("checkpoints"), "f.bin");
                    System.out.println("done");
                    System.in.read();
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {10, 60, 99})
    void aProcessThatIsKilledInTheMiddleIsFollowedByOneThatGoesOn(int percent) throws Exception {
        var cut = FILE.length / 100 * percent;
        bench.server.on("/f", (request, out) -> {
            if (request.rangeStart() > 0) {
                RawServer.honest(FILE, "\"v1\"").answer(request, out);
            } else {
                out.head(200, "Content-Length", "" + FILE.length, "ETag", "\"v1\"")
                        .body(FILE, 0, cut);
                Thread.currentThread().join(Duration.ofSeconds(60));
            }
        });
        var child = child(Fetcher.class, bench.directory, bench.url("/f?secret=1"));
        try {
            says(reader(child), "open");
            Bench.until(() -> partialBytes() == cut);
            assertThatThrownBy(bench::open)
                    .isInstanceOf(CacheUnusable.class)
                    .hasMessageContaining("process " + child.pid());
        } finally {
            child.destroyForcibly().waitFor();
        }
        try (var cache = bench.open();
                var lease = bench.get(cache, "/f?secret=1")) {
            assertThat(Files.readAllBytes(lease.path())).isEqualTo(FILE);
            assertThat(lease.source()).isEqualTo(Lease.Source.RESUMED);
        }
        assertThat(bench.server.requests().getLast().header("range")).contains("bytes=" + cut + "-");
        assertThat(bench.server.bodyBytes()).isEqualTo(FILE.length);
    }

    private long partialBytes() {
        var files = bench.directory.resolve("partial").toFile().listFiles((directory, name) -> name.endsWith(".part"));
        return files == null || files.length == 0 ? -1 : files[0].length();
    }

    @Test
    void aProcessThatIsKilledWhileItHoldsALeaseLeavesFileAndLink() throws Exception {
        bench.server.serve("/f", FILE);
        var child = child(Fetcher.class, bench.directory, bench.url("/f"));
        try {
            says(reader(child), "done");
        } finally {
            child.destroyForcibly().waitFor();
        }
        try (var cache = bench.open()) {
            assertThat(cache.list())
                    .singleElement()
                    .satisfies(file -> assertThat(file.links()).hasSize(1));
            bench.get(cache, "/f").close();
        }
        assertThat(bench.server.requests()).hasSize(1);
    }

    /// Maps a file, says `mapped`, waits for a byte on standard input, then reads every page and says the
    /// checksum.
    static final class Mapper {
        private Mapper() {}

        public static void main(String[] arguments) throws Exception {
            try (var channel = FileChannel.open(Path.of(arguments[0]), StandardOpenOption.READ)) {
                var mapped = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size());
                System.out.println("mapped");
                System.in.read();
                var crc = new CRC32();
                crc.update(mapped);
                System.out.println(crc.getValue());
            }
        }
    }

    @Test
    void aReaderThatHasTheFileMappedSurvivesItsEviction() throws Exception {
        bench.server.serve("/f", FILE);
        bench.server.serve("/g", Bench.bytes(2, FILE.length));
        var crc = new CRC32();
        crc.update(FILE);
        try (var cache = FileCache.open(bench.settings().maxBytes(1_500_000).build())) {
            Path link;
            try (var lease = bench.get(cache, "/f")) {
                link = lease.link(bench.models.resolve("checkpoints"), "f.bin");
            }
            var child = child(Mapper.class, link);
            try {
                var out = reader(child);
                says(out, "mapped");
                bench.get(cache, "/g").close();
                assertThat(Files.exists(link)).isFalse();
                assertThat(cache.list()).hasSize(1);
                child.getOutputStream().write('\n');
                child.getOutputStream().flush();
                says(out, "" + crc.getValue());
                assertThat(child.waitFor(20, TimeUnit.SECONDS)).isTrue();
                assertThat(child.exitValue()).isZero();
            } finally {
                child.destroyForcibly();
            }
        }
    }
}
