package dev.comfyrouter.cache;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class FileNamesTest {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                ".",
                "..",
                "../x",
                "a/b",
                "a\\b",
                "a\u0000b",
                "a\nb",
                "-rf",
                ".hidden",
                " a",
                "a ",
                "a.",
                "CON",
                "con.txt",
                "NUL .safetensors",
                "lpt9.bin",
                "COM\u00b9",
                "a:b",
                "a*b",
                "a?b",
                "a\"b",
                "a<b",
                "a|b",
                "a\u202eb",
                "a\u200bb",
                "e\u0301.bin",
                "a\ud83d\ude00"
            })
    void aNameThatIsNotSafeEverywhereIsRefused(String name) {
        assertThat(FileNames.problem(name)).isPresent();
        var safe = FileNames.safe(name, FileNames.MAX_BYTES);
        assertThat(FileNames.problem(safe)).as(safe).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"a.safetensors", "Modèle (v1.5)_fp16.ckpt", "模型.gguf", "a b+c@d=e.bin", "console.txt"})
    void ordinaryNamesAreLeftAlone(String name) {
        assertThat(FileNames.problem(name)).isEmpty();
        assertThat(FileNames.safe(name, FileNames.MAX_BYTES)).isEqualTo(name);
    }

    @Test
    void aNameMadeOfAnythingIsSafe() {
        var random = new Random(5);
        for (var round = 0; round < 20_000; round++) {
            var wanted = new StringBuilder();
            for (var i = random.nextInt(300); i > 0; i--) {
                wanted.appendCodePoint(random.nextInt(4) > 0 ? random.nextInt(128) : random.nextInt(0x3000));
            }
            var safe = FileNames.safe(wanted.toString(), 40 + random.nextInt(160));
            assertThat(FileNames.problem(safe)).as(safe).isEmpty();
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "attachment; filename=\"a.bin\"|a.bin",
                "attachment; filename=a.bin|a.bin",
                "inline; FILENAME = \"a.bin\" ; x=y|a.bin",
                "attachment; filename=\"x.bin\"; filename*=UTF-8''na%C3%AFve.bin|naïve.bin",
                "attachment; filename*=iso-8859-1'en'na%EFve.bin|naïve.bin",
                "attachment; filename=\"../../etc/passwd\"|passwd",
                "attachment; filename=\"..\\\\..\\\\x.bin\"|x.bin",
                "attachment; filename=\"a\\\"b.bin\"|a_b.bin",
                "attachment; filename=one.bin; filename=two.bin|one.bin",
                "attachment; filename=\"naÃ¯ve.bin\"|naïve.bin",
            })
    void theNameInContentDispositionIsUnderstood(String header, String name) {
        assertThat(FileNames.fromDisposition(header)).contains(name);
    }

    @ParameterizedTest
    @ValueSource(strings = {"attachment", "attachment; filename=\"\"", "attachment; filename=\"..\"", "filename*=x''"})
    void aHeaderWithoutANameHasNone(String header) {
        assertThat(FileNames.fromDisposition(header)).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "mine.ckpt, server.safetensors, https://h/url.bin, .gguf, mine.ckpt",
        "mine, server.safetensors, https://h/url.bin, .gguf, mine.safetensors",
        ", server.safetensors, https://h/url.bin, .gguf, server.safetensors",
        ", server.exe, https://h/url.bin, .gguf, server.exe.bin",
        ", , https://h/url.bin, .gguf, url.bin",
        ", , https://h/api/download/models/123, .safetensors, 123.safetensors",
        ", , https://h/, .safetensors, file.safetensors",
        ", , https://h/v1.5, .safetensors, v1.5.safetensors",
    })
    void theExtensionComesFromTheFirstThatHasOneThatComfyUiLists(
            String caller, String server, String url, String sniffed, String name) {
        assertThat(FileNames.choose(
                        FileKind.MODEL,
                        Optional.ofNullable(caller),
                        Optional.ofNullable(server),
                        URI.create(url),
                        sniffed))
                .isEqualTo(name);
    }

    @Test
    void aSignedUrlMayOverrideTheName() {
        var url = URI.create(
                "https://s3/abcdef?response-content-disposition=attachment%3B%20filename%3D%22m.safetensors%22");
        assertThat(FileNames.fromUrl(url)).contains("m.safetensors");
    }

    @Test
    void aLinkNameEndsWithHashAndExtensionAndIsNeverTooLong() {
        var sha256 = "0123456789abcdef".repeat(4);
        assertThat(FileNames.linkName("flux1-dev.safetensors", sha256)).isEqualTo("flux1-dev-01234567.safetensors");
        var name = FileNames.linkName("名".repeat(100) + ".safetensors", sha256);
        assertThat(name).endsWith("-01234567.safetensors");
        assertThat(name.getBytes(StandardCharsets.UTF_8).length).isLessThanOrEqualTo(FileNames.MAX_BYTES);
    }
}
