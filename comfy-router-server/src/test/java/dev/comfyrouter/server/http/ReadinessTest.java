package dev.comfyrouter.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpResponse;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import org.junit.jupiter.api.Test;

/// What load balancers are told: whether the router lives, and whether it wants requests.
class ReadinessTest extends AtTheDoor {
    @Test
    void anOpenDoorIsReadyAndNeedsNoPasswordToSaySo() throws Exception {
        assertThat(stranger("/health_check").body()).isEqualTo("ok\n");
        assertThat(stranger("/health_check?ready=1").body()).isEqualTo("ok\n");
        assertThat(stranger("/health_check?ready=maybe").statusCode()).isEqualTo(422);
    }

    @Test
    void aDoorThatIsAboutToCloseSaysSoToBalancersAndServesEverybodyElse() throws Exception {
        door.door.notReady();

        HttpResponse<String> leaving = stranger("/health_check?ready=1");

        assertThat(leaving.statusCode()).isEqualTo(503);
        assertThat(leaving.headers().firstValue("Retry-After")).hasValue("2");
        assertThat(leaving.body()).contains("the router is starting or stopping");
        assertThat(stranger("/health_check").statusCode()).isEqualTo(200);
        assertThat(door.post("/workflow", Door.SD15).statusCode()).isEqualTo(202);
    }

    /// Somebody else holds the lock of the database for longer than a write waits for it.
    @Test
    void aRouterWhoseStoreCannotBeWrittenLivesButIsNotReadyUntilItCan() throws Exception {
        try (Connection other = DriverManager.getConnection("jdbc:sqlite:" + directory.resolve("data/router.db"));
                Statement statement = other.createStatement()) {
            statement.execute("BEGIN IMMEDIATE");
            assertThat(door.post("/workflow", Door.SD15).statusCode()).isEqualTo(503);

            HttpResponse<String> refused = stranger("/health_check?ready=1");

            assertThat(refused.statusCode()).isEqualTo(503);
            assertThat(refused.headers().firstValue("Retry-After")).hasValue("2");
            assertThat(refused.body()).contains("the store cannot be written").doesNotContain("SQLITE", "database");
            assertThat(stranger("/health_check").statusCode()).isEqualTo(200);
            assertThat(door.get("/workflow").statusCode())
                    .as("what is known can be read")
                    .isEqualTo(200);
            statement.execute("ROLLBACK");
        }
        HttpResponse<String> answer;
        do {
            answer = stranger("/health_check?ready=1");
        } while (answer.statusCode() == 503);
        assertThat(answer.body()).isEqualTo("ok\n");
        assertThat(door.post("/workflow", Door.SD15).statusCode()).isEqualTo(202);
    }

    private HttpResponse<String> stranger(String path) throws Exception {
        return door.send(java.net.http.HttpRequest.newBuilder(door.uri(path)));
    }
}
