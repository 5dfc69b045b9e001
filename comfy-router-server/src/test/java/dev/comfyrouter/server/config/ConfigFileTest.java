package dev.comfyrouter.server.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Settings from the YAML file.
final class ConfigFileTest {
    @TempDir
    private Path directory;

    private GivenSettings settings;

    @BeforeEach
    void start() {
        settings = new GivenSettings(directory);
    }

    @Test
    void aFileInTheWorkingDirectoryIsReadAndTheEnvironmentWins() throws IOException {
        settings.yaml("""
            # a comment
            port: 9000
            host: 127.0.0.1
            password: 0123
            node:
              silence: 20s
              check_interval: 1s
            nodes:
              - http://gpu-1:8188
              - http://gpu-2:8188
            download: {max_cache_bytes: 1GiB, cache_dir: cache}
            """);

        RouterConfig config = settings.load("PORT=9001");

        assertThat(config.listen()).isEqualTo(new RouterConfig.Listen("127.0.0.1", 9001));
        assertThat(config.operator().password().reveal()).isEqualTo("0123");
        assertThat(config.node().silence()).isEqualTo(Duration.ofSeconds(20));
        assertThat(config.node().urls())
                .containsExactly(URI.create("http://gpu-1:8188"), URI.create("http://gpu-2:8188"));
        assertThat(config.download().cacheDir()).isEqualTo(directory.resolve("cache"));
        assertThat(config.download().maxCacheBytes()).isEqualTo(1L << 30);
    }

    @Test
    void theFileMayLieElsewhere() throws IOException {
        Files.writeString(directory.resolve("other.yml"), "port: 9000\n");

        assertThat(settings.load("CONFIG=other.yml").listen().port()).isEqualTo(9000);
    }

    @Test
    void aNamedFileThatCannotBeReadIsAMistake() {
        assertThat(settings.problems("CONFIG=missing.yaml"))
                .containsExactly("COMFY_ROUTER__CONFIG: \"missing.yaml\" cannot be read; give a readable YAML file");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "# nothing\n", "---\n", "{}\n"})
    void aFileWithoutSettingsChangesNothing(String text) throws IOException {
        settings.yaml(text);

        assertThat(settings.load().listen().port()).isEqualTo(8080);
    }

    @Test
    void mistakesInTheFileNameTheKeyAndTheLine() throws IOException {
        settings.yaml("""
            port: 80a
            Host: x
            prot: 1
            download:
              cachedir: /c
              record_path:
            nodes: [ftp://x]
            node: http://x
            """);

        assertThat(settings.problems())
                .containsExactly(
                        "Host (comfy-router.yaml, line 2): unknown; did you mean host?",
                        "prot (comfy-router.yaml, line 3): unknown; did you mean port?",
                        "download.cachedir (comfy-router.yaml, line 5): unknown; did you mean download.cache_dir?",
                        "node (comfy-router.yaml, line 8): unknown; did you mean nodes?",
                        "port (comfy-router.yaml, line 1): \"80a\" is not allowed; allowed is a whole number from 0 to"
                                + " 65535",
                        "download.record_path (comfy-router.yaml, line 6): \"\" is not allowed; allowed is a path",
                        "nodes (comfy-router.yaml, line 7): \"ftp://x\" is not allowed; allowed is a comma list of"
                                + " http or https URLs with a host and without query and fragment, such as"
                                + " http://gpu-1:8188");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        port: 1\\nport: 2          | line 2: a key that stands there twice; give it once
        port: 1\\n\\thost: x       | line 2: not valid YAML; give "key: value" lines, with spaces for the indentation
        - port                     | line 1: not a group of settings; give "key: value" lines
        just words                 | line 1: not a group of settings; give "key: value" lines
        port: 1\\n---\\nport: 2    | line 3: a second document; give one
        nodes:\\n  - url: http://a | line 2: a list that holds groups or lists; give a list of texts
        """)
    void aFileOfAnotherShapeIsOneMistake(String text, String problem) throws IOException {
        settings.yaml(text.replace("\\n", "\n").replace("\\t", "\t"));

        assertThat(settings.problems()).containsExactly("comfy-router.yaml, " + problem);
    }
}
