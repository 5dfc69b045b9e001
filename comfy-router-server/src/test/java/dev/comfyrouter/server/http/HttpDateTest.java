package dev.comfyrouter.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpRequest;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.TimeZone;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A program in another time zone embeds the router: neither may disturb the other.
class HttpDateTest {
    private static final TimeZone TOKYO = TimeZone.getTimeZone("Asia/Tokyo");

    private final TimeZone before = TimeZone.getDefault();

    @BeforeEach
    void goToTokyo() {
        TimeZone.setDefault(TOKYO);
    }

    @AfterEach
    void comeBack() {
        TimeZone.setDefault(before);
    }

    @Test
    void aDateHasTwoDigitsForTheDayAndIsInGmt() {
        InstantSource clock = InstantSource.fixed(Instant.parse("2008-06-03T11:05:30.9Z"));

        assertThat(HttpDate.of(clock).get()).isEqualTo("Tue, 03 Jun 2008 11:05:30 GMT");
    }

    @Test
    void answersAreDatedInGmtAndTheProgramKeepsItsZone(@TempDir Path directory) throws Exception {
        try (var door = new Door(directory, Map.of())) {
            assertThat(door.get("/session").headers().firstValue("Date").orElseThrow())
                    .endsWith(" GMT");
            assertThat(door.send(HttpRequest.newBuilder(door.uri("/session")))
                            .headers()
                            .firstValue("Date")
                            .orElseThrow())
                    .endsWith(" GMT");
            assertThat(TimeZone.getDefault()).isEqualTo(TOKYO);
        }
    }
}
