package dev.comfyrouter.cache;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StructureTest {

    @TempDir
    private Path temporary;

    private Optional<DownloadException.Reason> check(FileKind kind, String name, byte[] bytes) throws IOException {
        return Structure.check(kind, name, Files.write(temporary.resolve("f"), bytes))
                .map(Structure.Problem::reason);
    }

    private static byte[] bytes(String latin1) {
        return latin1.getBytes(StandardCharsets.ISO_8859_1);
    }

    @Test
    void aSafetensorsFileHasExactlyTheLengthThatItsHeaderSays() throws IOException {
        var whole = Bench.safetensors(1, 1000);
        assertThat(check(FileKind.MODEL, "m.safetensors", whole)).isEmpty();
        for (var length : new int[] {whole.length - 1, 100, 20, 8, 7, 1}) {
            assertThat(check(FileKind.MODEL, "m.safetensors", Arrays.copyOf(whole, length)))
                    .as("cut to %s", length)
                    .contains(DownloadException.Reason.TRUNCATED_SAFETENSORS);
        }
        assertThat(check(FileKind.MODEL, "m.safetensors", Arrays.copyOf(whole, whole.length + 1)))
                .contains(DownloadException.Reason.TRUNCATED_SAFETENSORS);
    }

    @ParameterizedTest
    @ValueSource(strings = {"[]", "{\"a\":1}", "{\"a\":{\"data_offsets\":[0,", "xxxxxx", "{}{"})
    void aHeaderThatIsNotOneOfSafetensorsIsRefused(String header) throws IOException {
        var file = ByteBuffer.allocate(8 + header.length())
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(header.length())
                .put(bytes(header))
                .array();
        var reason = check(FileKind.MODEL, "m.safetensors", file);
        if (header.equals("{}{")) {
            assertThat(reason).isEmpty(); // padding after the object is allowed, and nothing follows the header
        } else {
            assertThat(reason).contains(DownloadException.Reason.WRONG_KIND);
        }
    }

    @Test
    void aHeaderLengthThatCannotBeIsRefused() throws IOException {
        for (var length : new long[] {-1, 0, 1, Long.MAX_VALUE, (100L << 20) + 1}) {
            var file = ByteBuffer.allocate(64)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .putLong(length)
                    .array();
            assertThat(check(FileKind.MODEL, "m.sft", file)).contains(DownloadException.Reason.WRONG_KIND);
        }
    }

    @Test
    void aZipIsWholeOnlyWithItsEnd() throws IOException {
        var out = new ByteArrayOutputStream();
        try (var zip = new ZipOutputStream(out)) {
            zip.putNextEntry(new ZipEntry("data.pkl"));
            zip.write(new byte[500]);
            zip.setComment("made by a test");
        }
        var whole = out.toByteArray();
        assertThat(check(FileKind.MODEL, "m.pt", whole)).isEmpty();
        assertThat(check(FileKind.MODEL, "m.pt", Arrays.copyOf(whole, whole.length - 1)))
                .contains(DownloadException.Reason.SIZE_MISMATCH);
        assertThat(check(FileKind.MODEL, "m.safetensors", whole)).contains(DownloadException.Reason.WRONG_KIND);
        assertThat(check(FileKind.MODEL, "m.ckpt", new byte[] {(byte) 0x80, 2, '.'}))
                .isEmpty();
        assertThat(check(FileKind.MODEL, "m.ckpt", new byte[100])).contains(DownloadException.Reason.WRONG_KIND);
    }

    @Test
    void otherModelsAreKnownByTheirFirstBytes() throws IOException {
        assertThat(check(FileKind.MODEL, "m.gguf", bytes("GGUF\u0003\u0000\u0000\u0000")))
                .isEmpty();
        assertThat(check(FileKind.MODEL, "m.gguf", bytes("gguf"))).contains(DownloadException.Reason.WRONG_KIND);
        assertThat(check(FileKind.MODEL, "m.exe", bytes("MZ"))).contains(DownloadException.Reason.NO_EXTENSION);
    }

    @Test
    void aPictureHasItsEnd() throws IOException {
        var png = bytes("\u0089PNG\r\n\u001a\n" + "x".repeat(50) + "\u0000\u0000\u0000\u0000IEND\u00aeB`\u0082");
        var jpeg = bytes("\u00ff\u00d8\u00ff\u00e0" + "x".repeat(50) + "\u00ff\u00d9");
        var gif = bytes("GIF89a" + "x".repeat(50) + ";");
        var webp = bytes("RIFF$\u0000\u0000\u0000WEBP" + "x".repeat(32));
        for (var picture : new byte[][] {png, jpeg, gif, webp}) {
            assertThat(check(FileKind.IMAGE, "p", picture)).isEmpty();
            assertThat(check(FileKind.IMAGE, "p", Arrays.copyOf(picture, picture.length - 3)))
                    .contains(DownloadException.Reason.SIZE_MISMATCH);
        }
        assertThat(check(FileKind.IMAGE, "p.png", bytes("nothing"))).contains(DownloadException.Reason.WRONG_KIND);
        assertThat(check(FileKind.IMAGE, "p.svg", bytes("<?xml version=\"1.0\"?><svg/>")))
                .contains(DownloadException.Reason.WRONG_KIND);
    }

    @Test
    void whateverIsRandomNeverThrows() throws IOException {
        for (var round = 0; round < 300; round++) {
            var noise = Bench.bytes(round, 1 + round % 600);
            for (var name : new String[] {"m.safetensors", "m.pt", "m.gguf"}) {
                check(FileKind.MODEL, name, noise);
            }
            assertThat(check(FileKind.IMAGE, "p", noise)).isPresent();
            Structure.sniff(noise);
        }
    }
}
