package dev.comfyrouter.server;

import static dev.comfyrouter.server.Cluster.LONG;
import static dev.comfyrouter.server.Cluster.SDXL;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.comfyrouter.testkit.FakeComfyServer;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A router whose database cannot be written, because somebody else has locked it.
class FailingStoreTest {
    @TempDir
    private Path directory;

    @Test
    void whileNothingCanBeWrittenTheRouterSaysSoLeavesResultsOnTheirNodesAndLosesNothing() throws Exception {
        try (Cluster cluster = Cluster.start(directory, 1);
                Connection somebody =
                        DriverManager.getConnection("jdbc:sqlite:" + directory.resolve("data/router.db"));
                Statement statement = somebody.createStatement()) {
            FakeComfyServer node = cluster.node(0);
            node.holdExecutions();
            String runs = cluster.submit(SDXL);
            node.awaitRunning(LONG);
            cluster.awaitTask(runs, task -> task.path("status").asText().equals("running"));
            String waits = cluster.submit(SDXL);

            statement.execute("BEGIN IMMEDIATE");
            HttpResponse<String> refused = submit(cluster);
            node.releaseAll();
            node.awaitExecutions(1, LONG);
            cluster.awaitNode(node, state -> state.path("running").asInt() == 0); // its end was seen

            assertThat(refused.statusCode()).isEqualTo(503);
            assertThat(refused.headers().firstValue("Retry-After").orElse("")).matches("[1-9][0-9]*");
            HttpResponse<String> ready = cluster.caller().send(cluster.caller().request("/health_check?ready=1"));
            assertThat(ready.statusCode()).isEqualTo(503);
            assertThat(ready.body()).contains("the store cannot be written");
            assertThat(cluster.caller()
                            .send(cluster.caller().request("/health_check"))
                            .statusCode())
                    .isEqualTo(200);
            assertThat(node.requests("GET", "/view")).isEmpty();
            assertThat(cluster.task(runs).path("status").asText()).isEqualTo("running");
            assertThat(cluster.task(waits).path("status").asText()).isEqualTo("pending");

            statement.execute("ROLLBACK");

            for (String id : new String[] {runs, waits}) {
                JsonNode task = cluster.awaitEnd(id);
                assertThat(task.path("status").asText()).as(task.toString()).isEqualTo("done");
                assertThat(task.path("attempts").asInt()).isEqualTo(1);
                assertThat(task.path("images")).hasSize(1);
            }
            HttpResponse<String> taken = submit(cluster);
            assertThat(taken.statusCode()).isEqualTo(202);
            cluster.awaitExactly("done", 3);
            assertThat(node.startedExecutions()).isEqualTo(3);
            assertThat(cluster.caller()
                            .send(cluster.caller().request("/health_check?ready=1"))
                            .statusCode())
                    .isEqualTo(200);
        }
    }

    private static HttpResponse<String> submit(Cluster cluster) throws Exception {
        return cluster.caller().send(cluster.caller().request("/workflow").POST(BodyPublishers.ofString(SDXL)));
    }
}
