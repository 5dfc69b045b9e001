package dev.comfyrouter.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Records that are torn, spoiled, gone, or written by somebody else.
class RecordTest {

    private static final int FILES = 8;

    private Bench bench;

    @BeforeEach
    void start(@TempDir Path temporary) throws Exception {
        bench = new Bench(temporary);
        for (var i = 0; i < FILES; i++) {
            bench.server.serve("/" + i, Bench.bytes(i, 3000 + i));
        }
    }

    @AfterEach
    void stop() {
        bench.close();
    }

    private Path log() {
        return bench.record().resolveSibling("record.json.log");
    }

    private void fill() throws InterruptedException {
        try (var cache = bench.open()) {
            for (var i = 0; i < FILES; i++) {
                bench.get(cache, "/" + i).close();
            }
            bench.get(cache, "/3").close();
        }
    }

    private static List<String> order(FileCache cache) {
        return cache.list().stream().map(CachedFile::name).toList();
    }

    private void everythingIsServedWithoutANewRequest() throws Exception {
        var before = bench.server.requests().size();
        try (var cache = bench.open()) {
            for (var i = 0; i < FILES; i++) {
                try (var lease = bench.get(cache, "/" + i)) {
                    assertThat(Files.readAllBytes(lease.path())).isEqualTo(Bench.bytes(i, 3000 + i));
                }
            }
        }
        assertThat(bench.server.requests()).hasSize(before);
    }

    @Test
    void theOrderOfLastUseIsRememberedWhateverTheTimesOfTheFiles() throws Exception {
        fill();
        try (var blobs = Files.newDirectoryStream(bench.directory.resolve("blobs"))) {
            var millis = 1000L;
            for (var blob : blobs) {
                Files.setAttribute(blob, "lastAccessTime", FileTime.fromMillis(millis += 1000));
            }
        }
        try (var cache = bench.open()) {
            assertThat(order(cache)).containsExactly("0", "1", "2", "4", "5", "6", "7", "3");
        }
    }

    @Test
    void theRecordIsMadeAgainFromTheFilesWhenItIsGoneEmptyOrGarbage() throws Exception {
        fill();
        for (var content : new byte[][] {
            null, {}, new byte[5000], Bench.bytes(1, 5000), "{}\n[]\nnull\n".getBytes(StandardCharsets.UTF_8)
        }) {
            Files.deleteIfExists(log());
            if (content == null) {
                Files.delete(bench.record());
            } else {
                Files.write(bench.record(), content);
                Files.write(log(), content);
            }
            everythingIsServedWithoutANewRequest();
        }
    }

    @Test
    void aTornLastLineCostsNothingAndTheNextLineIsReadable() throws Exception {
        fill();
        Files.writeString(log(), "{\"crc\":\"12345678\",\"record\":{\"sha", StandardOpenOption.APPEND);
        try (var cache = bench.open()) {
            assertThat(order(cache)).hasSize(FILES).endsWith("7", "3");
            bench.get(cache, "/0").close();
            cache.crash();
        }
        try (var cache = bench.open()) {
            assertThat(order(cache)).hasSize(FILES);
        }
    }

    @Test
    void aSpoiledLineInTheMiddleIsMadeAgainFromItsBlob() throws Exception {
        fill();
        var lines = Files.readAllLines(bench.record());
        lines.set(3, lines.get(3).replace("\"uses\":", "\"uses\":1"));
        Files.write(bench.record(), lines);
        everythingIsServedWithoutANewRequest();
    }

    @Test
    void bytesThatFallOverNeverThrowAndNeverServeWrongBytes() throws Exception {
        fill();
        var record = Files.readAllBytes(bench.record());
        var random = new Random(42);
        for (var round = 0; round < 60; round++) {
            var spoiled = record.clone();
            for (var flips = 1 + random.nextInt(20); flips > 0; flips--) {
                spoiled[random.nextInt(spoiled.length)] = (byte) random.nextInt(256);
            }
            Files.write(
                    bench.record(),
                    random.nextInt(4) == 0
                            ? java.util.Arrays.copyOf(spoiled, random.nextInt(spoiled.length))
                            : spoiled);
            Files.write(log(), random.nextBoolean() ? Bench.bytes(round, 300) : new byte[0]);
            everythingIsServedWithoutANewRequest();
        }
    }

    @Test
    void aRecordOfAnotherFolderIsNotBelieved(@TempDir Path other) throws Exception {
        fill();
        try (var cache = FileCache.open(CacheSettings.builder(other.resolve("cache"), bench.record())
                .allowPrivate("localhost")
                .freeSpaceFloor(0)
                .build())) {
            assertThat(cache.list()).isEmpty();
        }
        everythingIsServedWithoutANewRequest();
    }

    @Test
    void aFolderThatWasCopiedIsHashedAndServed(@TempDir Path other) throws Exception {
        fill();
        try (var all = Files.walk(bench.directory)) {
            for (var path : all.toList()) {
                Files.copy(
                        path,
                        other.resolve("copy")
                                .resolve(bench.directory.relativize(path).toString()),
                        StandardCopyOption.COPY_ATTRIBUTES);
            }
        }
        try (var cache = FileCache.open(CacheSettings.builder(other.resolve("copy"), other.resolve("r.json"))
                .allowPrivate("localhost")
                .freeSpaceFloor(0)
                .build())) {
            try (var lease = bench.get(cache, "/0")) {
                assertThat(lease.source()).isEqualTo(Lease.Source.HIT);
            }
        }
    }

    @Test
    void aNewerVersionIsRefusedAndNothingIsChanged() throws Exception {
        fill();
        var version = bench.directory.resolve("VERSION");
        Files.writeString(version, Files.readString(version).replace("comfy-cache 1", "comfy-cache 2"));
        var before = tree();
        assertThatThrownBy(bench::open).isInstanceOf(CacheUnusable.class).hasMessageContaining("version 2");
        assertThat(tree()).isEqualTo(before);
    }

    private List<String> tree() throws IOException {
        try (var all = Files.walk(bench.directory)) {
            return all.map(Path::toString).sorted().toList();
        }
    }

    @Test
    void aFolderThatOthersMayWriteIsRefused() throws Exception {
        fill();
        for (var directory : List.of(bench.directory, bench.directory.resolve("blobs"))) {
            Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxrwxr-x"));
            assertThatThrownBy(bench::open).isInstanceOf(CacheUnusable.class).hasMessageContaining("chmod go-w");
            Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
        }
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(bench.directory.resolve("meta"))))
                .isEqualTo("rwxr-xr-x");
        bench.open().close();
    }

    @Test
    void aFolderThatCannotBeWrittenServesHitsAndRefusesMisses() throws Exception {
        fill();
        var before = tree();
        try (var cache =
                FileCache.open(bench.settings().hooks(Hooks.NONE.asReadOnly()).build())) {
            bench.get(cache, "/0").close();
            bench.server.serve("/new", Bench.bytes(77, 10));
            assertThatThrownBy(() -> bench.get(cache, "/new"))
                    .isInstanceOfSatisfying(
                            DownloadException.CacheBroken.class,
                            why -> assertThat(why.reason()).isEqualTo(DownloadException.Reason.READ_ONLY));
        }
        assertThat(tree()).isEqualTo(before);
    }

    @Test
    void aDiskThatTakesNoRecordStopsNothing() throws Exception {
        try (var cache = FileCache.open(bench.settings()
                .hooks(Hooks.NONE.withProbe(step -> {
                    if (step.contains(".log")) {
                        throw new IOException("No space left on device");
                    }
                }))
                .build())) {
            for (var i = 0; i < FILES; i++) {
                bench.get(cache, "/" + i).close();
            }
            cache.remove(Bench.sha256(Bench.bytes(0, 3000)));
            assertThat(cache.list()).hasSize(FILES - 1);
        }
        try (var cache = bench.open()) {
            assertThat(cache.list()).hasSize(FILES - 1);
        }
    }

    @Test
    void settingsNameEveryMistake() {
        assertThatThrownBy(() -> CacheSettings.builder(Path.of("x"), Path.of("y"))
                        .maxBytes(0)
                        .attempts(0)
                        .allowPrivate("10.0.0.0/99")
                        .secretParameter("(")
                        .stallTimeout(Duration.ZERO)
                        .build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("limit of the cache")
                .hasMessageContaining("attempt")
                .hasMessageContaining("10.0.0.0/99")
                .hasMessageContaining("regular expression")
                .hasMessageContaining("stall");
    }
}
