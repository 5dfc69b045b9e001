package dev.comfyrouter.server.download;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class TurnsTest {
    private final Turns turns = new Turns();
    private final BlockingQueue<Long> granted = new LinkedBlockingQueue<>();
    private final List<Thread> threads = new ArrayList<>();

    @AfterEach
    void stop() throws InterruptedException {
        threads.forEach(Thread::interrupt);
        for (Thread thread : threads) {
            assertThat(thread.join(Duration.ofSeconds(60))).isTrue();
        }
    }

    @Test
    void whoComesLaterAsksAfterTheOneBeforeHasAsked() throws Exception {
        arrive(1);
        assertThat(granted.poll(60, TimeUnit.SECONDS)).isEqualTo(1);
        arrive(2);
        arrive(3);
        assertThat(granted).isEmpty();

        turns.hasAsked(place(1), false);

        assertThat(granted.poll(60, TimeUnit.SECONDS)).isEqualTo(2);
        assertThat(granted).isEmpty();
    }

    @Test
    void nobodyPassesOneThatIsShortOfSpace() throws Exception {
        arrive(1);
        assertThat(granted.poll(60, TimeUnit.SECONDS)).isEqualTo(1);
        turns.hasAsked(place(1), true);
        arrive(2);
        assertThat(granted).isEmpty();

        turns.hasAsked(place(1), false);

        assertThat(granted.poll(60, TimeUnit.SECONDS)).isEqualTo(2);
    }

    @Test
    void oneThatIsShortDoesNotKeepBackWhoIsBeforeIt() throws Exception {
        arrive(5);
        assertThat(granted.poll(60, TimeUnit.SECONDS)).isEqualTo(5);
        turns.hasAsked(place(5), true);

        arrive(2);

        assertThat(granted.poll(60, TimeUnit.SECONDS)).isEqualTo(2);
    }

    @Test
    void oneThatRestsOrHasLeftLetsOthersPass() throws Exception {
        arrive(1);
        assertThat(granted.poll(60, TimeUnit.SECONDS)).isEqualTo(1);
        arrive(2);
        turns.rest(place(1));
        assertThat(granted.poll(60, TimeUnit.SECONDS)).isEqualTo(2);
        arrive(3);

        turns.leave(place(2));

        assertThat(granted.poll(60, TimeUnit.SECONDS)).isEqualTo(3);
    }

    /// Returns when the task waits, or has its turn.
    private void arrive(long number) {
        Thread thread = Thread.ofVirtual().start(() -> {
            try {
                turns.await(place(number));
                granted.add(number);
            } catch (InterruptedException ended) {
                // the test is over
            }
        });
        threads.add(thread);
        while (granted.isEmpty() && thread.getState() != Thread.State.WAITING && thread.isAlive()) {
            Thread.onSpinWait();
        }
    }

    private static Turns.Place place(long number) {
        return new Turns.Place(Instant.EPOCH.plusSeconds(number), number);
    }
}
