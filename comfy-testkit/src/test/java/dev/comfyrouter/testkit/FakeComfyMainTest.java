package dev.comfyrouter.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

class FakeComfyMainTest {

    @Test
    void manyNodesStartOnPortsOfTheirOwn() throws Exception {
        List<FakeComfyServer> servers = FakeComfyMain.start(
                List.of("--count", "3", "--version", "0.3.64", "--execution-ms", "5", "--pictures", "tiny"));
        try {
            assertThat(servers)
                    .extracting(FakeComfyServer::port)
                    .doesNotHaveDuplicates()
                    .hasSize(3);
            for (FakeComfyServer server : servers) {
                try (TestClient client = new TestClient(server)) {
                    assertThat(client.json("/system_stats")
                                    .path("system")
                                    .path("comfyui_version")
                                    .asText())
                            .isEqualTo("0.3.64");
                }
            }
        } finally {
            servers.forEach(FakeComfyServer::close);
        }
    }

    @Test
    void aMistakeIsNamed() {
        assertThatThrownBy(() -> FakeComfyMain.start(List.of("--cuont", "3"))).hasMessage("unknown option --cuont");
        assertThatThrownBy(() -> FakeComfyMain.start(List.of("--count", "many")))
                .hasMessage("--count needs a whole number, not 'many'");
    }
}
