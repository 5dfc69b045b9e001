package dev.comfyrouter.server;

import static dev.comfyrouter.server.Cluster.SDXL;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.comfyrouter.testkit.FakeComfyServer;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A request on disk that a later version of the router, or a repaired disk, cannot make a plan of.
class UnreadableTaskTest {
    @TempDir
    private Path directory;

    @Test
    void theRouterStartsAndOnlyTheTasksThatCannotBeReadFail() throws Exception {
        try (Cluster cluster = Cluster.start(directory, 1)) {
            FakeComfyServer node = cluster.node(0);
            node.holdExecutions();
            String running = cluster.submit(SDXL);
            cluster.awaitTask(running, task -> task.path("status").asText().equals("running"));
            String waiting = cluster.submit(SDXL);
            String well = cluster.submit(SDXL);
            cluster.stopRouter();
            damage(running, waiting);

            cluster.startRouter();
            node.releaseAll();

            for (String damaged : new String[] {running, waiting}) {
                JsonNode task = cluster.awaitEnd(damaged);
                assertThat(task.path("status").asText()).isEqualTo("error");
                assertThat(task.at("/error/class").asText()).isEqualTo("request");
                assertThat(task.at("/error/message").asText()).contains("cannot read it any more");
            }
            assertThat(cluster.awaitEnd(well).path("status").asText()).isEqualTo("done");
        }
    }

    private void damage(String... ids) throws Exception {
        try (Connection database = DriverManager.getConnection("jdbc:sqlite:" + directory.resolve("data/router.db"));
                PreparedStatement update = database.prepareStatement("UPDATE task_input SET stored = '{\"width\":-1}'"
                        + " WHERE n = (SELECT n FROM task WHERE hex(id) = upper(replace(?, '-', '')))")) {
            for (String id : ids) {
                update.setString(1, id);
                assertThat(update.executeUpdate()).isOne();
            }
        }
    }
}
