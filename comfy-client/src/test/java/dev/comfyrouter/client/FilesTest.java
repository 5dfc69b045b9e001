package dev.comfyrouter.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FilesTest {
    private static final Duration SOON = Duration.ofMillis(150);
    private static final String UPLOADED =
            "{\"name\":\"ü (1).png\",\"subfolder\":\"a b\",\"type\":\"input\",\"asset\":{}}";

    private static OutputFile file(String name, String subfolder) {
        return new OutputFile("9", "images", name, subfolder, "temp");
    }

    private static InputStream bytes(String text) {
        return new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void aPictureIsUploadedUnderItsLiteralNameAndTheAnsweredNameCounts() throws Exception {
        try (var server = RawServer.answering(UPLOADED);
                var client = server.client()) {
            UploadedImage image = client.uploadImage("ü 100%.png", bytes("pixels"), "a b", true);
            assertThat(image).isEqualTo(new UploadedImage("ü (1).png", "a b", "input"));
            assertThat(image.reference()).isEqualTo("a b/ü (1).png");
            var request = server.take();
            assertThat(request.target()).isEqualTo("/upload/image");
            String boundary = request.header("Content-Type").replace("multipart/form-data; boundary=", "--");
            assertThat(request.body())
                    .isEqualTo(String.join(
                            "\r\n",
                            boundary,
                            "Content-Disposition: form-data; name=\"type\"",
                            "",
                            "input",
                            boundary,
                            "Content-Disposition: form-data; name=\"subfolder\"",
                            "",
                            "a b",
                            boundary,
                            "Content-Disposition: form-data; name=\"overwrite\"",
                            "",
                            "true",
                            boundary,
                            "Content-Disposition: form-data; name=\"image\"; filename=\"ü 100%.png\"",
                            "Content-Type: application/octet-stream",
                            "",
                            "pixels",
                            boundary + "--",
                            ""));
        }
    }

    @Test
    void aFileIsUploadedWithItsLength(@TempDir Path folder) throws Exception {
        Path picture = Files.writeString(folder.resolve("x.png"), "pixels");
        try (var server = RawServer.answering(UPLOADED);
                var client = server.client()) {
            var unused = client.uploadImage("x.png", picture, "", false);
            var request = server.take();
            assertThat(request.header("Content-Length")).isNotEmpty();
            assertThat(request.body()).contains("\r\n\r\npixels\r\n").contains("\r\n\r\nfalse\r\n");
            assertThatThrownBy(() -> client.uploadImage("x.png", folder.resolve("none.png"), "", false))
                    .isInstanceOfAny(NoSuchFileException.class, IOException.class);
        }
    }

    @Test
    void aMaskNamesItsOriginal() throws Exception {
        try (var server = RawServer.answering(UPLOADED);
                var client = server.client()) {
            var unused = client.uploadMask("m.png", bytes("alpha"), file("o\"1.png", "s"), "", false);
            var request = server.take();
            assertThat(request.target()).isEqualTo("/upload/mask");
            assertThat(request.body())
                    .contains(
                            "name=\"original_ref\"\r\n\r\n{\"filename\":\"o\\\"1.png\",\"subfolder\":\"s\",\"type\":\"temp\"}\r\n");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "a/b.png", "a\\b.png", "..", "a..png", "a\"b.png", "a\r\nX: y.png"})
    void namesThatLeaveTheHeaderOrTheFolderAreRefused(String name) {
        try (var server = RawServer.answering(UPLOADED);
                var client = server.client()) {
            assertThatThrownBy(() -> client.uploadImage(name, bytes("x"), "", false))
                    .isInstanceOf(IllegalArgumentException.class);
            assertThat(server.seen()).isEmpty();
        }
    }

    @Test
    void anUploadThatNobodyTakesIsGivenUp() {
        var endless = new InputStream() {
            @Override
            public int read() {
                return 0;
            }

            @Override
            public int read(byte[] buffer, int offset, int length) {
                return length;
            }
        };
        var done = new CountDownLatch(1);
        try (var server = RawServer.startDeaf(done);
                var client = ComfyClient.builder(server.url())
                        .stallTimeout(SOON)
                        .responseTimeout(SOON)
                        .build()) {
            assertThat(catchThrowableOfType(
                            ComfyException.Unreachable.class, () -> client.uploadImage("x.png", endless, "", false)))
                    .hasMessageContaining("the upload stalled");
            done.countDown();
        }
    }

    @Test
    void anUploadThatIsNeverAnsweredIsGivenUp() {
        try (var server = RawServer.start((request, peer) -> peer.silence());
                var client =
                        ComfyClient.builder(server.url()).responseTimeout(SOON).build()) {
            assertThat(catchThrowableOfType(
                            ComfyException.Unreachable.class, () -> client.uploadImage("x.png", bytes("x"), "", false)))
                    .hasMessageContaining("no answer");
        }
    }

    @Test
    void aStreamThatFailsFailsTheUpload() {
        var broken = new InputStream() {
            @Override
            public int read() throws IOException {
                throw new IOException("the disk is gone");
            }

            @Override
            public int read(byte[] buffer, int offset, int length) throws IOException {
                throw new IOException("the disk is gone");
            }
        };
        try (var server = RawServer.answering(UPLOADED);
                var client = server.client()) {
            assertThat(catchThrowableOfType(
                            ComfyException.Unreachable.class, () -> client.uploadImage("x.png", broken, "", false)))
                    .hasStackTraceContaining("the disk is gone");
        }
    }

    @Test
    void aFileIsAskedForByNameFolderAndTypeAndCopied() throws Exception {
        try (var server = RawServer.answering(200, "image/png", "pixels");
                var client = server.client()) {
            var out = new ByteArrayOutputStream();
            assertThat(client.view(file("ein Bild+ü&1.png", "a/b c"), out, 6)).isEqualTo(6);
            assertThat(out).hasToString("pixels");
            assertThat(server.take().target())
                    .isEqualTo("/view?filename=ein%20Bild%2B%C3%BC%261.png&subfolder=a%2Fb%20c&type=temp");
        }
    }

    @Test
    void aFileLongerThanTheLimitIsRefusedBeforeItIsCopied() {
        try (var server = RawServer.answering(200, "image/png", "pixels!");
                var client = server.client()) {
            var out = new ByteArrayOutputStream();
            assertThat(catchThrowableOfType(
                            ComfyException.TooLarge.class, () -> client.view(file("a.png", ""), out, 6)))
                    .hasMessageContaining("a.png")
                    .hasMessageContaining("6 bytes");
            assertThat(out.size()).isZero();
        }
    }

    @Test
    void aFileOfUnknownLengthIsCutAtTheLimit() {
        try (var server = RawServer.start((request, peer) -> {
                    peer.raw("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nabcd\r\n4\r\nefgh\r\n");
                    peer.silence();
                });
                var client = server.client()) {
            var out = new ByteArrayOutputStream();
            assertThat(catchThrowableOfType(
                            ComfyException.TooLarge.class, () -> client.view(file("a.png", ""), out, 6)))
                    .isNotNull();
            assertThat(out.size()).isLessThanOrEqualTo(6);
        }
    }

    @Test
    void aFileThatStallsIsGivenUp() {
        try (var server = RawServer.start((request, peer) -> {
                    peer.raw("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npix");
                    peer.silence();
                });
                var client =
                        ComfyClient.builder(server.url()).stallTimeout(SOON).build()) {
            var out = new ByteArrayOutputStream();
            assertThat(catchThrowableOfType(
                            ComfyException.Unreachable.class, () -> client.view(file("a.png", ""), out, 6)))
                    .hasMessageContaining("stalled");
            assertThat(out).hasToString("pix");
        }
    }

    @Test
    void aFullDiskIsTheCallersOwnErrorAndHangsUp() throws Exception {
        try (var server = RawServer.answering(200, "image/png", "pixels");
                var client = server.client()) {
            var full = new OutputStream() {
                @Override
                public void write(int b) throws IOException {
                    throw new IOException("disk full");
                }
            };
            assertThatThrownBy(() -> client.view(file("a.png", ""), full, 6))
                    .isInstanceOf(IOException.class)
                    .hasMessage("disk full");
            assertThat(client.view(file("a.png", ""), new ByteArrayOutputStream(), 6))
                    .isEqualTo(6);
        }
    }

    @Test
    void aMissingFileIsNotFound() {
        try (var server = RawServer.answering(404, "", "");
                var client = server.client()) {
            assertThat(catchThrowableOfType(
                            ComfyException.NotFound.class,
                            () -> client.view(file("gone.png", ""), new ByteArrayOutputStream(), 6)))
                    .hasMessageContaining("gone.png");
        }
    }
}
