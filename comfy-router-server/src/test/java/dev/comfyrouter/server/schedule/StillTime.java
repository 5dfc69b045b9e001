package dev.comfyrouter.server.schedule;

import dev.comfyrouter.server.time.Signal;
import dev.comfyrouter.server.time.Time;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Queue;

/// A time that the test sets, whose threads do nothing: the test itself does their work, when it wants to.
final class StillTime implements Time {
    Instant now = Instant.parse("2026-11-24T12:00:00Z");

    /// What the threads made so far were to do.
    final Queue<Runnable> lives = new ArrayDeque<>();

    @Override
    public Instant instant() {
        return now;
    }

    @Override
    public Signal signal() {
        return Time.system().signal();
    }

    @Override
    public Thread thread(Thread.Builder kind, Runnable life) {
        lives.add(life);
        return kind.unstarted(() -> {});
    }

    void pass(Duration length) {
        now = now.plus(length);
    }
}
