package dev.comfyrouter.cache;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Large caches and large files, as far as a build can afford them.
class ScaleTest extends BenchTest {

    /// Fills a closed cache with small files as earlier lives would have left them.
    static void fill(Path directory, Path record, int count) throws IOException {
        var disk = new Disk(step -> {});
        var blobs = new Blobs(disk, directory);
        var files = new ArrayList<FileRecord>();
        for (var i = 0; i < count; i++) {
            var bytes = Bench.bytes(i, 32);
            var sha256 = Bench.sha256(bytes);
            Files.write(blobs.path(sha256), bytes);
            var key = HexFormat.of().formatHex(Hashes.sha256().digest(new byte[] {(byte) i, (byte) (i >> 8)}));
            files.add(new FileRecord(
                    sha256,
                    32,
                    i,
                    i,
                    i,
                    1,
                    false,
                    EnumSet.of(FileKind.ANY),
                    blobs.print(sha256),
                    List.of(new FileRecord.Source(key, "http://localhost/" + i, i + ".bin", Validators.NONE, i)),
                    List.of()));
            Files.write(blobs.metaPath(sha256), new RecordLine.State(files.getLast()).bytes());
        }
        var name = Folder.name(directory, disk, true);
        new RecordFiles(disk, record, record.resolveSibling(record.getFileName() + ".log"), name).compact(files);
    }

    /// How long this thread has worked: the same on a machine that is busy with other things.
    private static Duration busy() {
        return Duration.ofNanos(ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime());
    }

    @Test
    void aCacheOfTenThousandFilesOpensInTwoSecondsWithAndWithoutItsRecord() throws Exception {
        bench.open().close();
        fill(bench.directory, bench.record(), 10_000);
        for (var withRecord : new boolean[] {true, false}) {
            if (!withRecord) {
                Files.delete(bench.record());
            }
            var before = busy();
            try (var cache = bench.open()) {
                var taken = busy().minus(before);
                assertThat(cache.list()).hasSize(10_000);
                assertThat(taken).isLessThan(Duration.ofSeconds(withRecord ? 2 : 6));
            }
        }
    }

    @Test
    void memoryDoesNotGrowWithTheFile() throws Exception {
        var length = 300L << 20;
        var chunk = Bench.bytes(1, 1 << 20);
        bench.server.on("/big", (request, out) -> {
            out.head(200, "Content-Length", "" + length);
            for (var sent = 0L; sent < length; sent += chunk.length) {
                out.body(chunk);
            }
        });
        System.gc();
        var runtime = Runtime.getRuntime();
        var before = runtime.totalMemory() - runtime.freeMemory();
        try (var cache = FileCache.open(bench.settings().maxBytes(1L << 30).build())) {
            bench.get(cache, "/big").close();
            System.gc();
            assertThat(runtime.totalMemory() - runtime.freeMemory() - before).isLessThan(20 << 20);
            assertThat(cache.list().getFirst().size()).isEqualTo(length);
        }
    }

    @Test
    void aHitCostsLittle() throws Exception {
        bench.server.serve("/f", Bench.bytes(1, 1000));
        try (var cache = bench.open()) {
            var request = DownloadRequest.of(bench.url("/f"), FileKind.ANY);
            var nanos = new long[3000];
            for (var i = 0; i < nanos.length; i++) {
                var before = System.nanoTime();
                Bench.get(cache, request).close();
                nanos[i] = System.nanoTime() - before;
            }
            java.util.Arrays.sort(nanos);
            assertThat(nanos[nanos.length / 2]).isLessThan(1_000_000);
        }
    }
}
