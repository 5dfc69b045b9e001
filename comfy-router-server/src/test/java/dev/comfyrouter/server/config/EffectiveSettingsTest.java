package dev.comfyrouter.server.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.comfyrouter.server.config.RouterConfig.Effective;
import dev.comfyrouter.server.config.RouterConfig.Effective.Source;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EffectiveSettingsTest {
    @TempDir
    private Path directory;

    private Map<String, Effective> load(Map<String, String> environment) {
        return RouterConfig.load(environment, directory).effective().stream()
                .collect(Collectors.toMap(
                        effective -> effective.name().substring(Setting.PREFIX.length()), Function.identity()));
    }

    @Test
    void eachSettingSaysWhatIsInForceAndWhoSaidSo() throws Exception {
        Files.writeString(directory.resolve("comfy-router.yaml"), "port: 9000\npending_limit: 7\n");

        Map<String, Effective> settings = load(Map.of("COMFY_ROUTER__PENDING_LIMIT", " 8 "));

        assertThat(settings).hasSize(RouterConfig.settings().size());
        assertThat(settings.get("PORT")).isEqualTo(new Effective("COMFY_ROUTER__PORT", "9000", Source.FILE));
        assertThat(settings.get("PENDING_LIMIT"))
                .isEqualTo(new Effective("COMFY_ROUTER__PENDING_LIMIT", "8", Source.ENVIRONMENT));
        assertThat(settings.get("HISTORY_LIMIT"))
                .isEqualTo(new Effective("COMFY_ROUTER__HISTORY_LIMIT", "50", Source.DEFAULT));
    }

    @Test
    void ofSecretsOnlyWhetherTheyAreSetIsShown() throws Exception {
        Path file = Files.writeString(directory.resolve("secret"), "s3cret-of-a-file");

        Map<String, Effective> settings = load(Map.of(
                "COMFY_ROUTER__PASSWORD",
                "s3cret",
                "COMFY_ROUTER__DOWNLOAD__HF_TOKEN_FILE",
                file.toString(),
                "COMFY_ROUTER__NODES",
                "http://gpu-1:8188,https://user:s3cret@gpu-2/x"));

        assertThat(settings.get("PASSWORD")).extracting(Effective::value).isEqualTo("set");
        assertThat(settings.get("DOWNLOAD__HF_TOKEN"))
                .extracting(Effective::value)
                .isEqualTo("set");
        assertThat(settings.get("DOWNLOAD__CIVITAI_TOKEN"))
                .extracting(Effective::value)
                .isEqualTo("not set");
        assertThat(settings.get("NODES"))
                .extracting(Effective::value)
                .isEqualTo("http://gpu-1:8188,https://***@gpu-2/x");
        assertThat(settings.values().toString()).doesNotContain("s3cret");
    }
}
