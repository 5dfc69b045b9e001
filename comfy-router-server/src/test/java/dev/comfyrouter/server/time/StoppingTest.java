package dev.comfyrouter.server.time;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class StoppingTest {
    private final CountDownLatch end = new CountDownLatch(1);
    private final Thread thread = Thread.ofVirtual().name("deaf").start(this::live);

    private void live() {
        while (true) {
            try {
                end.await();
                return;
            } catch (InterruptedException ignored) {
                // it is deaf
            }
        }
    }

    @AfterEach
    void release() throws InterruptedException {
        end.countDown();
        thread.join();
    }

    @Test
    void aThreadThatEndsIsAwaited() {
        end.countDown();

        Stopping.await(thread);

        assertThat(thread.isAlive()).isFalse();
    }

    @Test
    void aThreadThatDoesNotEndIsLeftAfterAMoment() {
        Stopping.await(thread);

        assertThat(thread.isAlive()).isTrue();
        assertThat(Thread.currentThread().isInterrupted()).isFalse();
    }

    @Test
    void anInterruptEndsTheWaitingAndIsKept() {
        Thread.currentThread().interrupt();

        Stopping.await(thread);

        assertThat(Thread.interrupted()).isTrue();
        assertThat(thread.isAlive()).isTrue();
    }
}
