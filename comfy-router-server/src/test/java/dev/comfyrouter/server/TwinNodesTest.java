package dev.comfyrouter.server;

import static dev.comfyrouter.server.Cluster.LONG;
import static dev.comfyrouter.server.Cluster.SDXL;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.comfyrouter.server.page.Cable;
import dev.comfyrouter.testkit.FakeComfyServer;
import java.net.URI;
import java.nio.file.Path;
import java.text.MessageFormat;
import java.util.logging.LogRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// One ComfyUI that was added twice, directly and through a tunnel.
class TwinNodesTest {
    @TempDir
    private Path directory;

    @Test
    void oneServerUnderTwoAddressesIsWarnedOfUntilOneOfThemIsRemoved() throws Exception {
        try (var log = new HeardLog("dev.comfyrouter.server.node.Twins");
                Cluster cluster = Cluster.start(directory, 1);
                Cable tunnel = new Cable()) {
            FakeComfyServer node = cluster.node(0);
            tunnel.leadTo(URI.create(node.url().toString()).getPort());
            String address = "http://127.0.0.1:" + tunnel.port();
            String twin = cluster.caller()
                    .post("/cluster/nodes", "{\"url\":\"" + address + "\"}")
                    .path("id")
                    .asText();
            node.holdExecutions();

            String task = cluster.submit(SDXL);
            node.awaitRunning(LONG);

            JsonNode warned = cluster.awaitNode(
                    node, state -> state.path("sameAs").asText().equals(twin));
            JsonNode other = cluster.caller().get("/cluster/nodes/" + twin);
            assertThat(other.path("sameAs").asText())
                    .isEqualTo(warned.path("id").asText());
            node.releaseAll();
            assertThat(cluster.awaitEnd(task).path("status").asText()).isEqualTo("done");
            assertThat(log.records()).hasSize(1);
            LogRecord warning = log.records().getFirst();
            assertThat(MessageFormat.format(warning.getMessage(), warning.getParameters()))
                    .contains(node.url().toString(), address, "remove one of them");

            cluster.caller().call("DELETE", "/cluster/nodes/" + twin + "?mode=now", "");

            cluster.awaitNode(node, state -> state.path("sameAs").isNull());
        }
    }
}
