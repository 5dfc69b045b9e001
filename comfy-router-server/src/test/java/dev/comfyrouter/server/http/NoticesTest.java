package dev.comfyrouter.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class NoticesTest {
    private Optional<String> failing = Optional.empty();
    private final Notices notices = new Notices(() -> failing, Instant::now);

    @Test
    void aStoreThatFailsAndWorksAgainIsToldOnceEach() {
        assertThat(notices.look(List.of())).isEmpty();

        failing = Optional.of("disk full");
        assertThat(notices.look(List.of()))
                .singleElement()
                .satisfies(notice -> assertThat(notice.level()).isEqualTo(Notices.Level.ERROR))
                .satisfies(notice -> assertThat(notice.text()).endsWith("disk full"));
        assertThat(notices.look(List.of())).isEmpty();

        failing = Optional.empty();
        assertThat(notices.look(List.of()))
                .singleElement()
                .satisfies(notice -> assertThat(notice.level()).isEqualTo(Notices.Level.INFO));
    }
}
