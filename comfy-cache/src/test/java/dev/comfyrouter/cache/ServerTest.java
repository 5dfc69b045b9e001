package dev.comfyrouter.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.nio.file.Files;

/// What the tests of downloads from odd servers share.
abstract class ServerTest extends OpenCacheTest {

    static final byte[] FILE = Bench.bytes(7, 300_000);
    static final int CUT = 180_000;

    DownloadException refused(String target, FileKind kind) {
        return refused(DownloadRequest.of(bench.url(target), kind));
    }

    DownloadException refused(DownloadRequest request) {
        var why = catchThrowableOfType(DownloadException.class, () -> Bench.get(cache, request));
        assertThat(why).isNotNull();
        assertThat(cache.list()).isEmpty();
        return why;
    }

    void isServedWhole(String target) throws Exception {
        try (var lease = bench.get(cache, target)) {
            assertThat(Files.readAllBytes(lease.path())).isEqualTo(FILE);
        }
    }

    /// The first answer breaks off at [#CUT]; the handler gives the others.
    void breaksOffThen(String etag, RawServer.Handler others) {
        bench.server.on("/f", (request, out) -> {
            if (bench.server.requests("/f").size() == 1) {
                out.head(200, "Content-Length", "" + FILE.length, "ETag", etag).body(FILE, 0, CUT);
            } else {
                others.answer(request, out);
            }
        });
    }
}
