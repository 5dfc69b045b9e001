package dev.comfyrouter.server.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Passwords and tokens, from variables and from files; none is ever shown.
final class SecretSettingsTest {
    @TempDir
    private Path directory;

    private GivenSettings settings;

    @BeforeEach
    void start() {
        settings = new GivenSettings(directory);
    }

    @Test
    void aSecretMayComeFromAFile() throws IOException {
        Files.writeString(directory.resolve("secret"), "from the file\n");

        assertThat(settings.load("PASSWORD_FILE=secret").operator().password()).isEqualTo(Secret.of("from the file"));
        assertThat(settings.load("DOWNLOAD__HF_TOKEN_FILE=secret").download().hfToken())
                .contains(Secret.of("from the file"));
    }

    @Test
    void aSecretAndItsFileAreNotGivenTogether() throws IOException {
        Files.writeString(directory.resolve("secret"), "x");

        assertThat(settings.problems("PASSWORD_FILE=secret", "PASSWORD=y"))
                .containsExactly(
                        "COMFY_ROUTER__PASSWORD_FILE: COMFY_ROUTER__PASSWORD is given too; give one of the two");
    }

    @Test
    void aSecretOfTheEnvironmentHidesTheSecretFileOfTheYamlFile() throws IOException {
        settings.yaml("password_file: missing\n");

        assertThat(settings.load("PASSWORD=y").operator().password()).isEqualTo(Secret.of("y"));
    }

    @Test
    void aSecretFileThatIsMissingOrEmptyIsRefused() throws IOException {
        Files.writeString(directory.resolve("empty"), "\n");

        assertThat(settings.problems("PASSWORD_FILE=missing", "API__PASSWORD_FILE=empty", "API__USERNAME=a"))
                .containsExactly(
                        "COMFY_ROUTER__PASSWORD_FILE: \"missing\" cannot be read; give the path of a readable text"
                                + " file",
                        "COMFY_ROUTER__API__PASSWORD_FILE: the file \"empty\" is empty; it must hold the secret");
    }

    @Test
    void theTokensFileIsCheckedLineByLine() throws IOException {
        Files.writeString(
                directory.resolve("tokens"), "files.lan: s3cret\n10.1: s3cret\nempty.lan:\nFILES.lan: s3cret\n");

        assertThat(settings.problems("DOWNLOAD__TOKENS_FILE=tokens"))
                .containsExactly(
                        "COMFY_ROUTER__DOWNLOAD__TOKENS_FILE: line 2 of the file is not allowed; allowed is \"host:"
                                + " token\"",
                        "COMFY_ROUTER__DOWNLOAD__TOKENS_FILE: line 3 of the file is not allowed; allowed is \"host:"
                                + " token\"",
                        "COMFY_ROUTER__DOWNLOAD__TOKENS_FILE: the file has two tokens for \"files.lan\"; give one");
    }

    @Test
    void aTokenGivenTwiceForTheSameHostIsRefused() throws IOException {
        Files.writeString(directory.resolve("tokens"), "huggingface.co: a\ncivitai.com: b\n");

        assertThat(settings.problems(
                        "DOWNLOAD__TOKENS_FILE=tokens", "DOWNLOAD__HF_TOKEN=x", "DOWNLOAD__CIVITAI_TOKEN=x"))
                .hasSize(2)
                .allMatch(problem -> problem.contains("too; give one"));
    }

    @Test
    void noSecretIsPrinted() throws IOException {
        Files.writeString(directory.resolve("tokens"), "files.lan: s3cret\n");

        String printed = settings.load(
                        "PASSWORD=s3cret",
                        "API__USERNAME=robot",
                        "API__PASSWORD=s3cret",
                        "DOWNLOAD__HF_TOKEN=s3cret",
                        "DOWNLOAD__CIVITAI_TOKEN=s3cret",
                        "DOWNLOAD__TOKENS_FILE=tokens",
                        "NODES=http://user:s3cret@gpu-1:8188")
                .toString();

        assertThat(printed).doesNotContain("s3cret").contains("robot", "files.lan", "http://***@gpu-1:8188");
    }

    @Test
    void noSecretIsInAProblem() {
        assertThat(settings.problems(
                        "PASSWORD=s3cret\u0007",
                        "API__PASSWORD=s3cret",
                        "DOWNLOAD__HF_TOKEN=s3cret\u0001",
                        "NODES=user:s3cret@gpu,http://a:s3cret@b?,https://x:s3cret@y,https://x:s3cret@y"))
                .hasSize(4)
                .noneMatch(problem -> problem.contains("s3cret"))
                .contains(
                        "COMFY_ROUTER__PASSWORD: the value (not shown) is not allowed; allowed is 1 to 1024 characters"
                                + " without control characters");
    }
}
