package dev.comfyrouter.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Servers that break off, lie about sizes, ranges and versions, or send something else.
class LyingServerTest {

    private static final byte[] FILE = Bench.bytes(7, 300_000);
    private static final int CUT = 180_000;

    private Bench bench;
    private FileCache cache;

    @BeforeEach
    void start(@TempDir Path temporary) {
        bench = new Bench(temporary);
        cache = bench.open();
    }

    @AfterEach
    void stop() {
        cache.close();
        bench.close();
    }

    private DownloadException refused(String target, FileKind kind) {
        return refused(DownloadRequest.of(bench.url(target), kind));
    }

    private DownloadException refused(DownloadRequest request) {
        var why = catchThrowableOfType(DownloadException.class, () -> Bench.get(cache, request));
        assertThat(why).isNotNull();
        assertThat(cache.list()).isEmpty();
        return why;
    }

    private void isServedWhole(String target) throws Exception {
        try (var lease = bench.get(cache, target)) {
            assertThat(Files.readAllBytes(lease.path())).isEqualTo(FILE);
        }
    }

    /// The first answer breaks off at [#CUT]; the handler gives the others.
    private void breaksOffThen(String etag, RawServer.Handler others) {
        bench.server.on("/f", (request, out) -> {
            if (bench.server.requests("/f").size() == 1) {
                out.head(200, "Content-Length", "" + FILE.length, "ETag", etag).body(FILE, 0, CUT);
            } else {
                others.answer(request, out);
            }
        });
    }

    // ---- sizes ----

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

    // ---- ranges ----

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

    // ---- hashes ----

    @Test
    void aWrongByteGivesOneCleanRetryWithoutResumeAndThenAHashMismatch() {
        var wrong = FILE.clone();
        wrong[1000] ^= 1;
        bench.server.serve("/f", wrong);
        var why = refused(DownloadRequest.builder(bench.url("/f"), FileKind.ANY)
                .sha256(Bench.sha256(FILE))
                .build());
        assertThat(why.reason()).isEqualTo(DownloadException.Reason.HASH_MISMATCH);
        assertThat(bench.server.requests("/f"))
                .hasSize(2)
                .allSatisfy(request -> assertThat(request.header("range")).isEmpty());
        assertThat(bench.directory.resolve("quarantine").toFile().list()).hasSize(1);
    }

    @Test
    void aWrongByteInTheFirstAnswerOnlyIsHealedByTheCleanRetry() throws Exception {
        var wrong = FILE.clone();
        wrong[1000] ^= 1;
        bench.server.on(
                "/f",
                (request, out) -> RawServer.honest(bench.server.requests("/f").size() == 1 ? wrong : FILE, "\"v1\"")
                        .answer(request, out));
        Bench.get(
                        cache,
                        DownloadRequest.builder(bench.url("/f"), FileKind.ANY)
                                .sha256(Bench.sha256(FILE))
                                .build())
                .close();
        isServedWhole("/f");
        assertThat(bench.server.requests("/f")).hasSize(2);
    }

    @Test
    void hashesThatServersAnnounceAreHeld() {
        var other = Bench.sha256(Bench.bytes(99, 10));
        var base64 = java.util.Base64.getEncoder()
                .encodeToString(java.util.HexFormat.of().parseHex(other));
        var headers = new String[][] {
            {"X-Linked-ETag", "\"" + other + "\""},
            {"Repr-Digest", "sha-256=:" + base64 + ":"},
            {"Content-Digest", "sha-512=:YQ==:, sha-256=:" + base64 + ":"},
            {"x-amz-checksum-sha256", base64},
            {"Digest", "SHA-256=" + base64},
        };
        for (var header : headers) {
            bench.server.on(
                    "/" + header[0],
                    (request, out) -> out.head(200, "Content-Length", "" + FILE.length, header[0], header[1])
                            .body(FILE));
            assertThat(refused("/" + header[0], FileKind.ANY).reason())
                    .as(header[0])
                    .isEqualTo(DownloadException.Reason.HASH_MISMATCH);
        }
    }

    /// S7: whatever a server does, a request with a hash gets those bytes or an error.
    @Test
    void aPinnedRequestNeverReturnsOtherBytes() throws Exception {
        var random = new Random(20261124);
        for (var round = 0; round < 120; round++) {
            var file = Bench.bytes(round, 2000 + random.nextInt(50_000));
            var seed = random.nextLong();
            var path = "/r" + round;
            bench.server.on(
                    path,
                    (request, out) ->
                            arbitrary(file, seed + bench.server.requests(path).size(), out));
            var request = DownloadRequest.builder(bench.url(path), FileKind.ANY)
                    .sha256(Bench.sha256(file))
                    .build();
            try (var lease = Bench.get(cache, request)) {
                assertThat(Files.readAllBytes(lease.path())).isEqualTo(file);
            } catch (DownloadException e) {
                assertThat(e.reason()).isNotEqualTo(DownloadException.Reason.INTERNAL);
            }
        }
    }

    private static void arbitrary(byte[] file, long seed, RawServer.Answerer out) throws IOException {
        var random = new Random(seed);
        int[] statuses = {200, 200, 200, 206, 206, 204, 404, 416, 500, 304, 302};
        var status = statuses[random.nextInt(statuses.length)];
        var from = random.nextInt(file.length);
        var to = from + random.nextInt(file.length - from);
        if (random.nextInt(3) == 0) {
            from = 0;
            to = file.length;
        }
        var sent = file.clone();
        if (random.nextInt(3) == 0) {
            sent[random.nextInt(sent.length)] ^= 0x20;
        }
        out.head(
                status,
                "Content-Length",
                "" + (random.nextBoolean() ? to - from : random.nextInt(file.length * 2)),
                "ETag",
                random.nextBoolean() ? "\"a\"" : "\"b\"",
                random.nextBoolean() ? "Content-Range" : "X-None",
                "bytes " + from + "-" + (file.length - 1) + "/" + file.length,
                random.nextInt(8) == 0 ? "Content-Encoding" : "X-Nothing",
                "gzip");
        out.body(sent, from, to);
    }

    // ---- encodings ----

    @Test
    void aBodyThatIsCompressedAgainstOurWishIsDecodedOnce() throws Exception {
        var zipped = gzip(FILE);
        bench.server.on(
                "/f",
                (request, out) -> out.head(
                                200, "Content-Encoding", "gzip", "Content-Length", "" + zipped.length, "ETag", "\"v1\"")
                        .body(zipped));
        isServedWhole("/f");
    }

    @Test
    void aBombIsStoppedAtTheLimitOfTheCache() throws Exception {
        var zipped = gzip(new byte[100 << 20]);
        bench.server.on(
                "/f",
                (request, out) -> out.head(200, "Content-Encoding", "gzip", "Content-Length", "" + zipped.length)
                        .body(zipped));
        assertThat(refused("/f", FileKind.ANY).reason()).isEqualTo(DownloadException.Reason.TOO_LARGE);
        assertThat(cache.stats().bytes()
                        + cache.stats().partialBytes()
                        + cache.stats().reservedBytes())
                .isZero();
    }

    @Test
    void anEncodingThatIsNotKnownIsNamed() {
        bench.server.on(
                "/f",
                (request, out) -> out.head(200, "Content-Encoding", "br", "Content-Length", "" + FILE.length)
                        .body(FILE));
        assertThat(refused("/f", FileKind.ANY).reason()).isEqualTo(DownloadException.Reason.UNKNOWN_ENCODING);
    }

    private static byte[] gzip(byte[] bytes) throws IOException {
        var out = new ByteArrayOutputStream();
        try (var gzip = new GZIPOutputStream(out)) {
            gzip.write(bytes);
        }
        return out.toByteArray();
    }

    // ---- something else instead ----

    @Test
    void aWebPageInsteadOfAModelIsNamed() {
        bench.server.on(
                "/typed.safetensors",
                (request, out) -> out.head(200, "Content-Type", "text/html; charset=utf-8", "Content-Length", "4")
                        .body(new byte[4]));
        bench.server.serve("/looks.safetensors", "\n <!DOCTYPE html><p>Sign in".getBytes(StandardCharsets.UTF_8));
        assertThat(refused("/typed.safetensors", FileKind.MODEL).reason())
                .isEqualTo(DownloadException.Reason.HTML_INSTEAD_OF_FILE);
        assertThat(refused("/looks.safetensors", FileKind.MODEL).reason())
                .isEqualTo(DownloadException.Reason.HTML_INSTEAD_OF_FILE);
    }

    @Test
    void aRedirectToALoginPageAsksForTheToken() {
        bench.server.on(
                "/api/download/models/1",
                (request, out) ->
                        out.head(307, "Location", "/login?returnUrl=x&reason=download-auth", "Content-Length", "0"));
        bench.server.on(
                "/login",
                (request, out) -> out.head(200, "Content-Type", "text/html", "Content-Length", "6")
                        .body("<html>".getBytes(StandardCharsets.UTF_8)));
        assertThat(refused("/api/download/models/1", FileKind.MODEL))
                .isInstanceOfSatisfying(
                        DownloadException.AuthRequired.class,
                        why -> assertThat(why.host()).isEqualTo("localhost"));
    }

    @ParameterizedTest
    @ValueSource(ints = {401, 403})
    void arefusalAsksForTheToken(int status) {
        bench.server.on("/f", (request, out) -> out.head(status, "Content-Length", "0"));
        assertThat(refused("/f", FileKind.ANY)).isInstanceOf(DownloadException.AuthRequired.class);
    }

    @Test
    void aPointerOfGitLfsIsNamed() {
        bench.server.serve(
                "/m.safetensors",
                "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 12\n"
                        .getBytes(StandardCharsets.UTF_8));
        assertThat(refused("/m.safetensors", FileKind.MODEL).reason()).isEqualTo(DownloadException.Reason.LFS_POINTER);
    }

    @Test
    void nothingIsNotAFile() {
        bench.server.on("/zero", (request, out) -> out.head(200, "Content-Length", "0"));
        bench.server.on("/none", (request, out) -> out.head(204));
        assertThat(refused("/zero", FileKind.ANY).reason()).isEqualTo(DownloadException.Reason.EMPTY);
        assertThat(refused("/none", FileKind.ANY).reason()).isEqualTo(DownloadException.Reason.EMPTY);
    }

    @Test
    void aModelWithoutAnExtensionThatComfyUiListsIsNamed() {
        bench.server.serve("/download/12345", Bench.bytes(1, 5000));
        assertThat(refused("/download/12345", FileKind.MODEL).reason())
                .isEqualTo(DownloadException.Reason.NO_EXTENSION);
    }

    @Test
    void theNameOfAModelComesFromCallerServerUrlOrContent() throws Exception {
        var model = Bench.safetensors(3, 3000);
        bench.server.on(
                "/a",
                (request, out) -> out.head(
                                200,
                                "Content-Length",
                                "" + model.length,
                                "Content-Disposition",
                                "attachment; filename=\"x y.safetensors\"")
                        .body(model));
        bench.server.serve("/b", model);
        try (var server = Bench.get(cache, DownloadRequest.of(bench.url("/a"), FileKind.MODEL));
                var content = Bench.get(cache, DownloadRequest.of(bench.url("/b"), FileKind.MODEL));
                var caller = Bench.get(
                        cache,
                        DownloadRequest.builder(bench.url("/b"), FileKind.MODEL)
                                .name("mine.sft")
                                .build())) {
            assertThat(server.name()).isEqualTo("x y.safetensors");
            assertThat(content.name()).isEqualTo("b.safetensors");
            assertThat(caller.name()).isEqualTo("mine.sft");
            assertThat(content.path()).isEqualTo(server.path());
        }
    }

    // ---- patience ----

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
