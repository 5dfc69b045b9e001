package dev.comfyrouter.cache;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/// Servers that are busy, slow or silent.
class PatienceTest extends ServerTest {

    @Test
    void aBusyServerIsAskedAgain() throws Exception {
        bench.server.on("/f", (request, out) -> {
            switch (bench.server.requests("/f").size()) {
                case 1 -> out.head(503, "Retry-After", "0", "Content-Length", "0");
                case 2 -> out.head(429, "Content-Length", "0");
                default -> out.head(200, "Content-Length", "" + FILE.length).body(FILE);
            }
        });
        isServedWhole("/f");
    }

    @Test
    void aServerThatStaysBusyIsUnreachableAndSaysWhenToComeBack() {
        bench.server.on("/f", (request, out) -> out.head(429, "Retry-After", "7", "Content-Length", "0"));
        assertThat(refused("/f", FileKind.ANY))
                .isInstanceOfSatisfying(
                        DownloadException.Unreachable.class,
                        why -> assertThat(why.retryAfter()).contains(Duration.ofSeconds(7)));
        assertThat(bench.server.requests()).hasSize(5);
    }

    @Test
    void aServerThatFallsSilentInTheMiddleIsLeftAndTheFileGoesOn() throws Exception {
        cache.close();
        cache = FileCache.open(
                bench.settings().stallTimeout(Duration.ofMillis(300)).build());
        breaksOffThen("\"v1\"", RawServer.honest(FILE, "\"v1\""));
        bench.server.on("/f", (request, out) -> {
            if (bench.server.requests("/f").size() == 1) {
                out.head(200, "Content-Length", "" + FILE.length, "ETag", "\"v1\"")
                        .body(FILE, 0, CUT);
                Thread.currentThread().join(Duration.ofSeconds(20)); // silent until the client goes
            } else {
                RawServer.honest(FILE, "\"v1\"").answer(request, out);
            }
        });
        isServedWhole("/f");
        assertThat(bench.server.requests("/f").get(1).header("range")).contains("bytes=" + CUT + "-");
    }

    @Test
    void aServerThatCrawlsCountsAsSilent() throws Exception {
        bench.server.on("/f", (request, out) -> {
            if (bench.server.requests("/f").size() == 1) {
                out.head(200, "Content-Length", "" + FILE.length, "ETag", "\"v1\"");
                for (var i = 0; i < 20; i++) {
                    bench.clock.pass(Duration.ofSeconds(2)); // a byte every two seconds
                    out.body(FILE, i, i + 1);
                    var expected = i + 1;
                    Bench.until(() -> cache.downloads().stream()
                            .allMatch(download -> download.progress().bytes() >= expected
                                    || download.progress().phase() != Progress.Phase.DOWNLOAD));
                }
            } else {
                RawServer.honest(FILE, "\"v1\"").answer(request, out);
            }
        });
        isServedWhole("/f");
        assertThat(bench.server.requests("/f")).hasSize(2);
    }

    @Test
    void headersThatTrickleInAreBrokenOff() throws Exception {
        bench.server.on("/f", (request, out) -> {
            if (bench.server.requests("/f").size() == 1) {
                out.raw("HTTP/1.1 200 OK\r\nX-Slow: ".getBytes(StandardCharsets.US_ASCII));
                bench.clock.pass(Duration.ofMinutes(1));
                Thread.currentThread().join(Duration.ofSeconds(20)); // the next byte would come in time for each read
            } else {
                RawServer.honest(FILE, "\"v1\"").answer(request, out);
            }
        });
        isServedWhole("/f");
    }

    @Test
    void tooManyHeadersAndEndlessLinesAreRefused() {
        bench.server.on("/many", (request, out) -> {
            var headers = new String[300];
            for (var i = 0; i < headers.length; i += 2) {
                headers[i] = "X-" + i;
                headers[i + 1] = "y";
            }
            out.head(200, headers);
        });
        bench.server.on("/long", (request, out) -> out.head(200, "X-Long", "y".repeat(70_000)));
        bench.server.on("/noise", (request, out) -> out.raw(Bench.bytes(4, 100_000)));
        assertThat(refused("/many", FileKind.ANY)).isInstanceOf(DownloadException.Unreachable.class);
        assertThat(refused("/long", FileKind.ANY)).isInstanceOf(DownloadException.Unreachable.class);
        assertThat(refused("/noise", FileKind.ANY)).isInstanceOf(DownloadException.Unreachable.class);
    }
}
