package dev.comfyrouter.server.schedule;

import dev.comfyrouter.client.PromptId;
import java.time.Duration;
import java.util.Random;

/// A prompt on a simulated server.
final class SimulatedPrompt {
    /// How it will end if nothing disturbs it.
    enum Fate {
        SUCCESS,
        ERROR,
        OUT_OF_MEMORY,
        /// It never ends.
        HANG;

        /// @param rate how often requests go wrong, from 0 to 1; prompts do so less often
        static Fate draw(Random random, double rate) {
            double dice = random.nextDouble() * 4;
            return dice >= rate ? SUCCESS : dice < rate / 10 ? HANG : dice < rate / 2 ? OUT_OF_MEMORY : ERROR;
        }
    }

    final PromptId id;
    final String clientId;
    /// The index of our task, or -1 for a prompt of somebody else.
    final int task;
    final Duration runs;
    final Fate fate;

    /// Whether something happened that allows the router to run the task again.
    boolean troubled;

    /// Whether it may come when the router has stopped looking for it.
    boolean late;

    /// Whether the router tried to take it off, or could not ask about it.
    boolean cancelAsked;

    boolean started;

    SimulatedPrompt(PromptId id, String clientId, int task, Duration runs, Fate fate) {
        this.id = id;
        this.clientId = clientId;
        this.task = task;
        this.runs = runs;
        this.fate = fate;
    }

    boolean foreign() {
        return task < 0;
    }
}
