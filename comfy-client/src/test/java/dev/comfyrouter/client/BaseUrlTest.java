package dev.comfyrouter.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URI;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class BaseUrlTest {
    private static final String REMAINING = "{\"exec_info\":{\"queue_remaining\":0}}";

    @ParameterizedTest
    @CsvSource({
        "http://h:8188, http://h:8188/prompt, ws://h:8188/ws?clientId=a%20b%26c",
        "http://h:8188/, http://h:8188/prompt, ws://h:8188/ws?clientId=a%20b%26c",
        "HTTPS://h/comfy//, https://h/comfy/prompt, wss://h/comfy/ws?clientId=a%20b%26c",
        "http://[::1]:1/a/b, http://[::1]:1/a/b/prompt, ws://[::1]:1/a/b/ws?clientId=a%20b%26c",
        "http://user:pa%3Ass@h, http://h/prompt, ws://h/ws?clientId=a%20b%26c",
    })
    void pathsFollowTheBaseUrlWhateverItsPrefix(String base, String prompt, String socket) throws Exception {
        BaseUrl url = BaseUrl.of(URI.create(base));
        assertThat(url.resolve("/prompt")).hasToString(prompt);
        assertThat(url.webSocket("a b&c")).hasToString(socket);
    }

    @ParameterizedTest
    @ValueSource(strings = {"ftp://h", "h:8188", "http:///x", "http://h?a=b", "http://h#x", "/x"})
    void whatIsNoBaseUrlIsRefusedWithoutShowingItsPassword(String text) {
        assertThatThrownBy(() -> ComfyClient.builder(URI.create(text))).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> ComfyClient.builder(URI.create("ftp://me:secret@h")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageNotContaining("secret");
    }

    @Test
    void aPrefixUserInfoAndHeadersGoWithEveryRequest() throws Exception {
        try (var server = RawServer.answering(REMAINING);
                var client = ComfyClient.builder(
                                URI.create(server.url().toString().replace("//", "//me:p%C3%A4ss@") + "/node/7/"))
                        .header("X-Tenant", "blue")
                        .build()) {
            var unused = client.queueRemaining();
            var request = server.take();
            assertThat(request.target()).isEqualTo("/node/7/prompt");
            assertThat(request.header("Authorization")).isEqualTo("Basic bWU6cMOkc3M=");
            assertThat(request.header("X-Tenant")).isEqualTo("blue");
            assertThat(request.headers()).doesNotContainKeys("origin", "http2-settings", "upgrade");
            assertThat(client.baseUrl()).hasToString(server.url() + "/node/7");
        }
    }

    @Test
    void aBearerTokenIsAHeader() throws Exception {
        try (var server = RawServer.answering(REMAINING);
                var client = ComfyClient.builder(server.url())
                        .header("Authorization", "Bearer t0ken")
                        .build()) {
            var unused = client.queueRemaining();
            assertThat(server.take().header("Authorization")).isEqualTo("Bearer t0ken");
        }
    }

    @Test
    void headersThatCannotBeSentAreRefusedAtOnce() {
        var builder = ComfyClient.builder(URI.create("http://me:secret@h"));
        assertThatThrownBy(() -> builder.header("Host", "x")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> builder.header("X-A", "line\nbreak")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> builder.header("authorization", "Bearer x"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("not both");
    }
}
