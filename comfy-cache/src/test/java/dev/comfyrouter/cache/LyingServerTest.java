package dev.comfyrouter.cache;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Servers that break off, and lie about sizes, ranges and versions.
class LyingServerTest extends ServerTest {

    @Test
    void aBodyThatIsAlwaysCutAtTheSamePlaceIsASizeMismatch() {
        bench.server.on(
                "/f",
                (request, out) ->
                        out.head(200, "Content-Length", "" + FILE.length).body(FILE, 0, CUT));
        assertThat(refused("/f", FileKind.ANY).reason()).isEqualTo(DownloadException.Reason.SIZE_MISMATCH);
        assertThat(bench.server.requests()).hasSizeBetween(5, 7);
    }

    @Test
    void aServerThatSaysTooShortALengthIsFoundOutByTheStructure() {
        var model = Bench.safetensors(1, 5000);
        bench.server.on(
                "/m.safetensors",
                (request, out) ->
                        out.head(200, "Content-Length", "" + (model.length - 1)).body(model));
        assertThat(refused("/m.safetensors", FileKind.MODEL).reason())
                .isEqualTo(DownloadException.Reason.TRUNCATED_SAFETENSORS);
    }

    @Test
    void aBodyWithoutLengthThatEndsWithTheConnectionProvesNothing() {
        bench.server.on("/f", (request, out) -> out.head(200).body(FILE));
        assertThat(refused("/f", FileKind.ANY).reason()).isEqualTo(DownloadException.Reason.SIZE_MISMATCH);
    }

    @Test
    void aBodyWithoutLengthIsTakenWhenItsStructureOrHashProvesItsEnd() throws Exception {
        var model = Bench.safetensors(1, 5000);
        bench.server.on("/m.safetensors", (request, out) -> out.head(200).body(model));
        bench.server.on("/f", (request, out) -> out.head(200).body(FILE));
        Bench.get(cache, DownloadRequest.of(bench.url("/m.safetensors"), FileKind.MODEL))
                .close();
        Bench.get(
                        cache,
                        DownloadRequest.builder(bench.url("/f"), FileKind.ANY)
                                .sha256(Bench.sha256(FILE))
                                .build())
                .close();
        assertThat(cache.list()).hasSize(2);
    }

    @Test
    void aChunkedBodyIsTakenWithoutLength() throws Exception {
        bench.server.on(
                "/f",
                (request, out) -> out.head(200, "Transfer-Encoding", "chunked")
                        .chunk(FILE)
                        .lastChunk());
        isServedWhole("/f");
    }

    @Test
    void aChunkedBodyWithoutItsLastChunkIsNotTaken() {
        bench.server.on(
                "/f",
                (request, out) -> out.head(200, "Transfer-Encoding", "chunked").chunk(FILE));
        assertThat(refused("/f", FileKind.ANY).reason()).isEqualTo(DownloadException.Reason.SIZE_MISMATCH);
    }

    @ParameterizedTest
    @ValueSource(strings = {"-5", "+5", "5, 6", "0x10", "", "99999999999999999999"})
    void aMalformedContentLengthIsRefused(String length) {
        bench.server.on(
                "/f", (request, out) -> out.head(200, "Content-Length", length).body(FILE));
        assertThat(refused("/f", FileKind.ANY))
                .isInstanceOfAny(DownloadException.WrongContent.class, DownloadException.Unreachable.class);
    }

    @Test
    void twoDifferentContentLengthsAreRefused() {
        bench.server.on(
                "/f",
                (request, out) -> out.head(200, "Content-Length", "10", "Content-Length", "12")
                        .body(FILE));
        assertThat(refused("/f", FileKind.ANY))
                .isInstanceOfAny(DownloadException.WrongContent.class, DownloadException.Unreachable.class);
    }

    @Test
    void theExpectedSizeIsHeld() {
        bench.server.serve("/f", FILE);
        var why = refused(DownloadRequest.builder(bench.url("/f"), FileKind.ANY)
                .size(FILE.length + 1)
                .build());
        assertThat(why.reason()).isEqualTo(DownloadException.Reason.SIZE_MISMATCH);
    }

    @Test
    void theLinkedSizeOfHuggingFaceIsHeld() {
        bench.server.on(
                "/f",
                (request, out) -> out.head(
                        302, "Location", "/cdn", "X-Linked-Size", "" + (FILE.length - 1), "Content-Length", "0"));
        bench.server.serve("/cdn", FILE);
        assertThat(refused("/f", FileKind.ANY).reason()).isEqualTo(DownloadException.Reason.SIZE_MISMATCH);
    }

    @Test
    void aBrokenDownloadGoesOnWhereItBroke() throws Exception {
        breaksOffThen("\"v1\"", RawServer.honest(FILE, "\"v1\""));
        isServedWhole("/f");
        var second = bench.server.requests("/f").get(1);
        assertThat(second.header("range")).contains("bytes=" + CUT + "-");
        assertThat(second.header("if-range")).contains("\"v1\"");
        assertThat(second.header("accept-encoding")).contains("identity");
        assertThat(bench.server.bodyBytes()).isEqualTo(FILE.length);
    }

    @Test
    void aServerThatIgnoresRangesBeginsAnew() throws Exception {
        breaksOffThen(
                "\"v1\"",
                (request, out) -> out.head(200, "Content-Length", "" + FILE.length, "ETag", "\"v1\"")
                        .body(FILE));
        isServedWhole("/f");
    }

    @Test
    void anotherVersionBeginsAnew() throws Exception {
        var other = Bench.bytes(8, 250_000);
        breaksOffThen("\"v1\"", RawServer.honest(other, "\"v2\""));
        try (var lease = bench.get(cache, "/f")) {
            assertThat(Files.readAllBytes(lease.path())).isEqualTo(other);
        }
    }

    @Test
    void anotherVersionIsNotGluedOnWhenTheServerIgnoresIfRange() throws Exception {
        var other = Bench.bytes(8, FILE.length);
        breaksOffThen("\"v1\"", (request, out) -> {
            var from = (int) request.rangeStart();
            if (from > 0) {
                partial(out, from, FILE.length, other, "\"v2\"");
            } else {
                out.head(200, "Content-Length", "" + other.length, "ETag", "\"v2\"")
                        .body(other);
            }
        });
        try (var lease = bench.get(cache, "/f")) {
            assertThat(Files.readAllBytes(lease.path())).isEqualTo(other);
        }
    }

    private static void partial(RawServer.Answerer out, int from, int total, byte[] bytes, String etag)
            throws IOException {
        out.head(
                        206,
                        "Content-Length",
                        "" + (total - from),
                        "Content-Range",
                        "bytes " + from + "-" + (total - 1) + "/" + total,
                        "ETag",
                        etag)
                .body(bytes, from, total);
    }

    static Stream<String> wrongRanges() {
        return Stream.of(
                "bytes 0-299999/300000",
                "bytes 180001-299999/300000",
                "bytes 180000-299999/300001",
                "bytes 180000-199999/300000",
                "bytes 180000-299999/*",
                "pages 1-2/3",
                "");
    }

    @ParameterizedTest
    @org.junit.jupiter.params.provider.MethodSource("wrongRanges")
    void aPartOfSomethingElseBeginsAnew(String contentRange) throws Exception {
        breaksOffThen("\"v1\"", (request, out) -> {
            if (request.rangeStart() > 0) {
                out.head(206, "Content-Length", "120000", "Content-Range", contentRange, "ETag", "\"v1\"")
                        .body(FILE, CUT, FILE.length);
            } else {
                out.head(200, "Content-Length", "" + FILE.length, "ETag", "\"v1\"")
                        .body(FILE);
            }
        });
        isServedWhole("/f");
        assertThat(bench.server.requests("/f")).hasSize(3);
    }

    @Test
    void severalRangesInOneAnswerBeginAnew() throws Exception {
        breaksOffThen("\"v1\"", (request, out) -> {
            if (request.rangeStart() > 0) {
                out.head(
                                206,
                                "Content-Type",
                                "multipart/byteranges; boundary=x",
                                "Content-Length",
                                "5",
                                "ETag",
                                "\"v1\"")
                        .body("--x--".getBytes(StandardCharsets.US_ASCII));
            } else {
                out.head(200, "Content-Length", "" + FILE.length, "ETag", "\"v1\"")
                        .body(FILE);
            }
        });
        isServedWhole("/f");
    }

    @Test
    void aWeakEntityTagIsNoReasonToGoOn() throws Exception {
        breaksOffThen("W/\"v1\"", RawServer.honest(FILE, "W/\"v1\""));
        isServedWhole("/f");
        assertThat(bench.server.requests("/f").get(1).header("range")).isEmpty();
    }

    @Test
    void aDateIsAReasonToGoOnOnlyWhenItIsAMinuteOld() throws Exception {
        for (var modified : new String[] {"Thu, 01 Jan 2026 00:00:00 GMT", "Thu, 01 Jan 2026 00:09:30 GMT"}) {
            var path = "/" + modified.replaceAll("\\D", "");
            bench.server.on(path, (request, out) -> {
                var from = (int) request.rangeStart();
                String[] dates = {"Last-Modified", modified, "Date", "Thu, 01 Jan 2026 00:10:00 GMT"};
                if (bench.server.requests(path).size() == 1) {
                    out.head(200, with(dates, "Content-Length", "" + FILE.length))
                            .body(FILE, 0, CUT);
                } else if (from > 0) {
                    out.head(
                                    206,
                                    with(
                                            dates,
                                            "Content-Length",
                                            "" + (FILE.length - from),
                                            "Content-Range",
                                            "bytes " + from + "-" + (FILE.length - 1) + "/" + FILE.length))
                            .body(FILE, from, FILE.length);
                } else {
                    out.head(200, with(dates, "Content-Length", "" + FILE.length))
                            .body(FILE);
                }
            });
            isServedWhole(path);
        }
        assertThat(bench.server.requests("/012026000000").get(1).header("if-range"))
                .contains("Thu, 01 Jan 2026 00:00:00 GMT");
        assertThat(bench.server.requests("/012026000930").get(1).header("range"))
                .isEmpty();
    }

    private static String[] with(String[] some, String... more) {
        return Stream.concat(Arrays.stream(some), Arrays.stream(more)).toArray(String[]::new);
    }

    @Test
    void aPartThatIsTheWholeFileIsVerifiedOn416() throws Exception {
        bench.server.on("/f", (request, out) -> {
            if (bench.server.requests("/f").size() == 1) {
                out.head(200, "Transfer-Encoding", "chunked", "ETag", "\"v1\"").chunk(FILE);
            } else {
                out.head(416, "Content-Range", "bytes */" + FILE.length, "Content-Length", "0");
            }
        });
        isServedWhole("/f");
        assertThat(bench.server.requests("/f")).hasSize(2);
    }

    @Test
    void a416ForAnotherSizeBeginsAnew() throws Exception {
        breaksOffThen("\"v1\"", (request, out) -> {
            if (request.rangeStart() > 0) {
                out.head(416, "Content-Range", "bytes */77", "Content-Length", "0");
            } else {
                out.head(200, "Content-Length", "" + FILE.length).body(FILE);
            }
        });
        isServedWhole("/f");
    }

    @Test
    void aSignedAddressThatRunsOutInTheMiddleIsResolvedAgainAndTheFileGoesOn() throws Exception {
        var signature = new AtomicInteger();
        bench.server.on(
                "/f",
                (request, out) ->
                        out.head(302, "Location", "/cdn?sig=" + signature.incrementAndGet(), "Content-Length", "0"));
        bench.server.on("/cdn", (request, out) -> {
            switch (bench.server.requests("/cdn").size()) {
                case 1 ->
                    out.head(200, "Content-Length", "" + FILE.length, "ETag", "\"v1\"")
                            .body(FILE, 0, CUT);
                case 2 -> out.head(403, "Content-Length", "0");
                default -> RawServer.honest(FILE, "\"v1\"").answer(request, out);
            }
        });
        isServedWhole("/f");
        assertThat(bench.server.requests("/f")).hasSize(3);
        assertThat(bench.server.requests("/cdn").getLast().header("range")).contains("bytes=" + CUT + "-");
    }
}
