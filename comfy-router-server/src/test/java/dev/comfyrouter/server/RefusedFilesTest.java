package dev.comfyrouter.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Files by URL that cannot be had, or not yet, and what callers are told to do.
class RefusedFilesTest extends FilesByUrl {
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    /gone.safetensors | ''                                                     | HTTP 404
                    /page.safetensors | ''                                                     | page
                    /m.safetensors    | 0000000000000000000000000000000000000000000000000000000000000000 | sha256
                    """)
    void aFileThatCannotBeHadFailsItsTaskAndSaysWhy(String path, String sha256, String why) throws Exception {
        startRouter(Map.of(), shared);
        web.file("/m.safetensors", TINY);
        web.page("/page.safetensors", 200, "<!doctype html><html><body>Sign in to download</body></html>");
        String url = web.url(path + "?token=secret") + "";

        JsonNode task = run(
                sha256.isEmpty()
                        ? sd15(url)
                        : sd15ref("{\"type\":\"custom\",\"name\":\"" + url + "\",\"sha256\":\"" + sha256 + "\"}"));

        assertThat(task.path("status").asText()).isEqualTo("error");
        assertThat(task.at("/error/class").asText()).isEqualTo("input");
        assertThat(task.at("/error/message").asText())
                .contains(web.url(path).toString())
                .contains(why)
                .doesNotContain("secret");
        assertThat(shared.startedExecutions()).isZero();
    }

    @Test
    void aRetryWhoseSignedUrlHasRunOutSaysThatANewOneIsNeeded() throws Exception {
        startRouter(Map.of(), shared);
        JsonNode first = run(sd15(web.url("/m.safetensors?signature=secret") + ""));
        web.file("/m.safetensors", TINY).signed("/m.safetensors", "signature=newer");

        JsonNode failed = awaitEnd(retry(first));

        assertThat(failed.at("/error/message").asText())
                .contains("HTTP 403")
                .contains("if the URL was a signed one it has run out: send the request again with a new one")
                .doesNotContain("secret");
    }

    @Test
    void aServerThatWantsCredentialsIsNamedWithTheSettingThatGivesThem() throws Exception {
        startRouter(Map.of(), shared);
        web.page("/m.safetensors", 401, "sign in");

        JsonNode task = run(sd15(web.url("/m.safetensors") + ""));

        assertThat(task.at("/error/class").asText()).isEqualTo("input");
        assertThat(task.at("/error/message").asText())
                .startsWith(web.url("/m.safetensors") + ": 127.0.0.1 wants credentials (HTTP 401)")
                .endsWith("the operator sets it: COMFY_ROUTER__DOWNLOAD__TOKENS_FILE");
    }

    @Test
    void anAddressThatIsNotPublicIsNotAskedAndTheCallerIsToldWhoMayAllowIt() throws Exception {
        startRouter(Map.of("COMFY_ROUTER__DOWNLOAD__ALLOW_PRIVATE", "10.1.2.3"), shared);
        web.file("/m.safetensors", TINY);

        JsonNode task = run(sd15(web.url("/m.safetensors") + ""));

        assertThat(task.at("/error/class").asText()).isEqualTo("input");
        assertThat(task.at("/error/message").asText())
                .contains("127.0.0.1 is not a public address")
                .endsWith("the operator may allow it: COMFY_ROUTER__DOWNLOAD__ALLOW_PRIVATE");
        assertThat(web.asked("/m.safetensors")).isEmpty();
    }

    @Test
    void aPickleIsRefusedWhereTheOperatorWantsNone() throws Exception {
        startRouter(Map.of("COMFY_ROUTER__DOWNLOAD__PICKLE", "refuse"), shared);
        web.file("/m.ckpt", FileHost.pickle());

        JsonNode task = run(sd15(web.url("/m.ckpt") + ""));

        assertThat(task.at("/error/class").asText()).as(task.toString()).isEqualTo("input");
        assertThat(task.at("/error/message").asText())
                .contains(web.url("/m.ckpt").toString())
                .endsWith("use a .safetensors file; COMFY_ROUTER__DOWNLOAD__PICKLE=refuse is set");
        assertThat(caller.get("/cache").path("files")).isEmpty();
        assertThat(shared.startedExecutions()).isZero();
    }

    @Test
    void whatIsNoPictureNeverReachesANode() throws Exception {
        startRouter(Map.of(), own);
        web.file("/cat.png", picture("gif", 64, 64));

        JsonNode task = run(img2img());

        assertThat(task.at("/error/class").asText()).isEqualTo("input");
        assertThat(task.at("/error/message").asText())
                .contains(web.url("/cat.png").toString())
                .contains("no PNG, JPEG or WebP");
        assertThat(own.requests("POST", "/upload/image")).isEmpty();
    }

    @Test
    void aServerThatIsBusyIsAskedAgainWhenItSaysAndNotBefore() throws Exception {
        startRouter(Map.of(), shared);
        web.file("/m.safetensors", TINY).busy("/m.safetensors", 2, 2);

        JsonNode task = run(sd15(web.url("/m.safetensors") + ""));

        assertThat(task.path("status").asText()).as(task.toString()).isEqualTo("done");
        List<FileHost.Asked> asked = web.asked("/m.safetensors");
        assertThat(asked).hasSize(3);
        for (int i = 1; i < 3; i++) {
            assertThat(Duration.between(asked.get(i - 1).at(), asked.get(i).at()))
                    .isGreaterThanOrEqualTo(Duration.ofMillis(1990));
        }
    }

    @Test
    void aServerThatAsksForMorePatienceThanATaskHasIsNotAskedAgain() throws Exception {
        startRouter(Map.of(), shared);
        web.file("/m.safetensors", TINY).busy("/m.safetensors", 9, 3600);

        JsonNode task = run(sd15(web.url("/m.safetensors") + "").replace("{\"type\"", "{\"maxWait\":\"3s\",\"type\""));

        assertThat(task.at("/error/class").asText()).as(task.toString()).isEqualTo("expired");
        assertThat(task.at("/error/message").asText())
                .startsWith("its files were not there within maxWait, 3 s: ")
                .contains(web.url("/m.safetensors").toString())
                .contains("HTTP 429");
        assertThat(web.asked("/m.safetensors")).hasSize(1);
    }

    @Test
    void aServerThatStaysBusyEndsTheTaskAtTheTimeOutForDownloads() throws Exception {
        startRouter(Map.of("COMFY_ROUTER__DOWNLOAD__TIMEOUT", "1500ms"), shared);
        web.page("/m.safetensors", 503, "later");

        JsonNode task = run(sd15(web.url("/m.safetensors") + ""));

        assertThat(task.at("/error/class").asText()).isEqualTo("expired");
        assertThat(task.at("/error/message").asText()).contains("download time-out");
    }
}
