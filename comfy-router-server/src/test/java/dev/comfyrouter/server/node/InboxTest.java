package dev.comfyrouter.server.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.comfyrouter.client.ComfyEvent;
import dev.comfyrouter.client.PromptId;
import dev.comfyrouter.server.time.Time;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class InboxTest {
    private static final Duration LONG = Duration.ofSeconds(60);
    private static final ComfyEvent EVENT = new ComfyEvent.ExecutionStart(PromptId.random(), Optional.empty());

    private final Inbox inbox = new Inbox(Time.system());

    @Test
    void aChangeOfTheQueueIsNoNewsForAPromptThatHearsItsOwnEvents() throws Exception {
        inbox.queueChanged();
        inbox.add(EVENT);

        assertThat(inbox.poll(LONG)).contains(EVENT);
    }

    @Test
    void aChangeOfTheQueueMakesTheReaderLookAroundWhenThePromptsEventsGoElsewhere() throws Exception {
        inbox.heedQueue(true);
        inbox.queueChanged();
        inbox.add(EVENT);

        assertThat(inbox.poll(LONG)).isEmpty();
        assertThat(inbox.poll(LONG)).contains(EVENT);
    }
}
