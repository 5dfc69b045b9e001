package dev.comfyrouter.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.comfyrouter.server.HeardLog;
import java.net.http.HttpResponse;
import org.junit.jupiter.api.Test;

class ProblemsTest extends AtTheDoor {
    @Test
    void aFaultOfTheRouterIsInItsLogWithTheStack() throws Exception {
        try (var log = new HeardLog("dev.comfyrouter.server.http.Problems")) {
            door.faulty = true;

            HttpResponse<String> answer = door.post("/workflow", """
                    {"type":"SD15","params":{"prompt":"a cat","checkpoint":"v1-5.safetensors"}}""");

            assertThat(answer.statusCode()).isEqualTo(500);
            assertThat(Door.json(answer).path("detail").asText()).contains("X-Request-Id");
            assertThat(answer.headers().firstValue("X-Request-Id")).isPresent();
            assertThat(answer.body()).doesNotContain("nobody thought of this");
            assertThat(log.records()).singleElement().satisfies(line -> {
                assertThat(line.getMessage()).contains("POST /workflow");
                assertThat(line.getThrown())
                        .isInstanceOf(IllegalStateException.class)
                        .hasMessage("nobody thought of this");
            });
        }
    }
}
