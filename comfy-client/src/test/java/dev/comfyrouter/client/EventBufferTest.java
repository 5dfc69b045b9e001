package dev.comfyrouter.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class EventBufferTest {
    private static final Optional<PromptId> ONE = Optional.of(new PromptId("one"));
    private static final Optional<PromptId> TWO = Optional.of(new PromptId("two"));

    private static ComfyEvent status(int remaining) {
        return new ComfyEvent.QueueStatus(remaining, Optional.empty());
    }

    private static ComfyEvent preview(Optional<PromptId> prompt, String type, int number) {
        return new ComfyEvent.Preview(
                prompt, Optional.empty(), Optional.empty(), type, Bytes.copyOf(new byte[] {(byte) number}));
    }

    private static ComfyEvent jpeg(Optional<PromptId> prompt, int number) {
        return preview(prompt, "image/jpeg", number);
    }

    private static void assertNext(EventBuffer buffer, ComfyEvent... expected) throws Exception {
        for (ComfyEvent event : expected) {
            assertThat(buffer.poll(Duration.ZERO)).contains(event);
        }
    }

    @Test
    void nothingIsDroppedWhileThereIsRoom() throws Exception {
        var buffer = new EventBuffer(3, 100);
        assertThat(buffer.add(jpeg(ONE, 1), 50)).isTrue();
        assertThat(buffer.add(jpeg(ONE, 2), 50)).isTrue();
        assertNext(buffer, jpeg(ONE, 1), jpeg(ONE, 2));
        assertThat(buffer.poll(Duration.ZERO)).isEmpty();
        assertThat(buffer.dropped()).isZero();
    }

    @Test
    void ofTooManyPreviewsTheNewestOfEachPromptStays() throws Exception {
        var buffer = new EventBuffer(5, 1000);
        buffer.add(status(1), 1);
        buffer.add(jpeg(ONE, 1), 1);
        buffer.add(jpeg(TWO, 2), 1);
        buffer.add(jpeg(ONE, 3), 1);
        buffer.add(jpeg(ONE, 4), 1);
        assertThat(buffer.add(status(0), 1)).isTrue();
        assertNext(buffer, status(1), jpeg(TWO, 2), jpeg(ONE, 4), status(0));
        assertThat(buffer.dropped()).isEqualTo(2);
    }

    @Test
    void tooManyBytesDropPreviewsToo() throws Exception {
        var buffer = new EventBuffer(100, 100);
        buffer.add(jpeg(ONE, 1), 60);
        assertThat(buffer.add(jpeg(ONE, 2), 60)).isTrue();
        assertNext(buffer, jpeg(ONE, 2));
    }

    @Test
    void aPngIsNeverDroppedBecauseItCanBeAResult() throws Exception {
        var buffer = new EventBuffer(1, 1000);
        buffer.add(preview(ONE, "image/png", 1), 1);
        assertThat(buffer.add(preview(ONE, "image/png", 2), 1)).isFalse();
        assertNext(buffer, preview(ONE, "image/png", 1), preview(ONE, "image/png", 2));
    }

    @Test
    void tooManyOtherEventsEndTheBufferWithAReasonBehindWhatItHolds() throws Exception {
        var buffer = new EventBuffer(2, 1000);
        buffer.add(status(1), 1);
        buffer.add(status(2), 1);
        assertThat(buffer.add(status(3), 1)).isFalse();
        assertThat(buffer.hasEnded()).isTrue();
        assertThat(buffer.add(status(4), 1)).isFalse();
        assertNext(buffer, status(1), status(2), status(3));
        assertThatThrownBy(() -> buffer.poll(Duration.ofSeconds(20)))
                .isInstanceOf(EventBuffer.Ended.class)
                .hasMessageContaining("too slow");
    }

    @Test
    void oneEventOfAnySizeIsTaken() throws Exception {
        var buffer = new EventBuffer(2, 10);
        assertThat(buffer.add(jpeg(ONE, 1), 1000)).isTrue();
        assertNext(buffer, jpeg(ONE, 1));
    }

    @Test
    void theFirstReasonForTheEndCounts() {
        var buffer = new EventBuffer(2, 10);
        buffer.end("first");
        buffer.end("second");
        assertThatThrownBy(() -> buffer.poll(Duration.ZERO)).hasMessage("first");
    }
}
