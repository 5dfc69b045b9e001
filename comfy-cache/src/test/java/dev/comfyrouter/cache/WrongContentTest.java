package dev.comfyrouter.cache;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.Random;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Servers that send other bytes than they should: another hash, an encoding, something else altogether.
class WrongContentTest extends ServerTest {

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
}
