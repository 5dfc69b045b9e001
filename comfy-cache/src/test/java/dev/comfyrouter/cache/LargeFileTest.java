package dev.comfyrouter.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

/// Files that are hashed and written back on threads of their own while they arrive.
class LargeFileTest extends BenchTest {

    private static final byte[] FILE = Bench.bytes(11, 40 << 20);

    private CacheSettings.Builder settings() {
        return bench.settings().maxBytes(256 << 20);
    }

    @Test
    void itGoesOnWhereItBrokeAndIsWhole() throws Exception {
        bench.server.on("/f", (request, out) -> {
            var from = (int) request.rangeStart();
            if (from >= FILE.length / 4 * 3) {
                RawServer.honest(FILE, "\"v\"").answer(request, out);
                return;
            }
            out.head(
                            from == 0 ? 200 : 206,
                            "Content-Length",
                            "" + (FILE.length - from),
                            "Content-Range",
                            "bytes " + from + "-" + (FILE.length - 1) + "/" + FILE.length,
                            "ETag",
                            "\"v\"")
                    .body(FILE, from, from + FILE.length / 4);
        });
        try (var cache = FileCache.open(settings().build());
                var lease = bench.get(cache, "/f")) {
            assertThat(lease.sha256()).isEqualTo(Bench.sha256(FILE));
            assertThat(Files.mismatch(lease.path(), Files.write(bench.models.resolve("expected"), FILE)))
                    .isEqualTo(-1);
        }
        assertThat(bench.server.bodyBytes()).isEqualTo(FILE.length);
    }

    @Test
    void whatTheDiskFailedToTakeIsNotGoneOnFrom() throws Exception {
        bench.server.serve("/f", FILE);
        var broken = new AtomicBoolean(true);
        var hooks = Hooks.NONE.withProbe(at -> {
            if (at.equals("force partial/*.part") && broken.getAndSet(false)) {
                throw new IOException("Input/output error");
            }
        });
        try (var cache = FileCache.open(settings().hooks(hooks).build())) {
            assertThatThrownBy(() -> bench.get(cache, "/f"))
                    .isInstanceOfSatisfying(
                            DownloadException.CacheBroken.class,
                            why -> assertThat(why.reason()).isEqualTo(DownloadException.Reason.INTERNAL));
            assertThat(cache.stats().partialBytes()).isZero();
            try (var lease = bench.get(cache, "/f")) {
                assertThat(lease.source()).isEqualTo(Lease.Source.MISS);
            }
        }
        assertThat(bench.server.requests("/f").getLast().header("range")).isEmpty();
    }
}
