package dev.comfyrouter.server.schedule;

import dev.comfyrouter.client.PromptId;
import dev.comfyrouter.server.schedule.SimulatedPrompt.Fate;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/// What a simulated server has to do and has done: prompts that wait, the one that runs, and the history.
final class SimulatedQueue {
    /// So many ended prompts it remembers.
    private static final int HISTORY = 300;

    private final URI url;
    private final SimulatedTime time;
    private final Random random;
    private final Promises promises;
    private final SimulatedStream stream;
    private final ArrayDeque<SimulatedPrompt> pending = new ArrayDeque<>();
    private final Map<String, String> history = new LinkedHashMap<>();
    private final Map<String, SimulatedPrompt> known = new LinkedHashMap<>();
    private @Nullable SimulatedPrompt running;

    SimulatedQueue(URI url, SimulatedTime time, Random random, Promises promises, SimulatedStream stream) {
        this.url = url;
        this.time = time;
        this.random = random;
        this.promises = promises;
        this.stream = stream;
    }

    /// Takes one of ours.
    void add(SimulatedPrompt prompt) {
        promises.submitted(url, prompt, ours());
        known.put(prompt.id.value(), prompt);
        pending.add(prompt);
        startNext();
    }

    /// Takes one of somebody else.
    void addForeign() {
        pending.add(new SimulatedPrompt(PromptId.random(), "somebody", -1, runTime(), Fate.SUCCESS));
        startNext();
    }

    /// How long a prompt shall run.
    Duration runTime() {
        return Duration.ofMillis(200 + random.nextInt(random.nextInt(10) == 0 ? 40_000 : 4000));
    }

    private void startNext() {
        if (running != null || pending.isEmpty()) {
            return;
        }
        SimulatedPrompt prompt = pending.remove();
        running = prompt;
        prompt.started = true;
        promises.started(url, prompt);
        stream.starts(prompt);
        if (prompt.fate != Fate.HANG) {
            time.after(prompt.runs.dividedBy(2), () -> {
                if (running == prompt) {
                    stream.executes(prompt, "2");
                }
            });
            time.after(prompt.runs, () -> {
                if (running == prompt) {
                    end(prompt, prompt.fate == Fate.SUCCESS ? "success" : "error");
                }
            });
        }
    }

    private void end(SimulatedPrompt prompt, String how) {
        if (how.equals("success")) {
            stream.succeeds(prompt);
        }
        promises.note(prompt.task, "prompt %s ends with %s", prompt.id, how);
        promises.ended(prompt, how);
        history.put(prompt.id.value(), SimulatedAnswers.entry(prompt, how));
        if (history.size() > HISTORY) {
            history.remove(history.keySet().iterator().next());
        }
        running = null;
        stream.ends(prompt);
        startNext();
    }

    /// Takes a prompt off; tells whether it was there.
    boolean cancel(String id, boolean alsoRunning) {
        SimulatedPrompt prompt = known.get(id);
        if (prompt == null || !(pending.contains(prompt) || running == prompt)) {
            return false;
        }
        promises.cancelled(url, prompt);
        if (!pending.remove(prompt) && alsoRunning) {
            stop(prompt);
        }
        return true;
    }

    void interrupt(String id) {
        if (id.isEmpty()) {
            promises.broken("a global interrupt was sent to " + url);
        }
        SimulatedPrompt prompt = running;
        if (prompt != null && prompt.id.value().equals(id)) {
            promises.cancelled(url, prompt);
            stop(prompt);
        }
    }

    /// The running prompt ends at its next step.
    private void stop(SimulatedPrompt prompt) {
        time.after(Duration.ofMillis(random.nextInt(1500)), () -> {
            if (running == prompt) {
                end(prompt, "interrupted");
            }
        });
    }

    /// Somebody presses "stop" on this server's own page.
    void foreignInterrupt() {
        SimulatedPrompt prompt = running;
        if (prompt != null) {
            prompt.troubled = true;
            stop(prompt);
        }
    }

    /// Everything that waits, runs or has ended is gone, as by a restart.
    void forget() {
        pending.clear();
        history.clear();
        running = null;
    }

    int size() {
        return pending.size() + (running == null ? 0 : 1);
    }

    /// The answer to `GET /queue`.
    String json() {
        return SimulatedAnswers.queue(Optional.ofNullable(running), pending);
    }

    /// The entry of a prompt that has ended.
    @Nullable
    String history(String id) {
        return history.get(id);
    }

    /// Those of ours that it was ever given.
    Collection<SimulatedPrompt> everSeen() {
        return known.values();
    }

    @Nullable
    SimulatedPrompt find(String id) {
        return known.get(id);
    }

    /// Those that it was ever given for a task.
    List<SimulatedPrompt> of(int task) {
        return known.values().stream().filter(prompt -> prompt.task == task).toList();
    }

    /// What it still has of ours.
    List<SimulatedPrompt> ours() {
        List<SimulatedPrompt> ours = new ArrayList<>(pending);
        if (running != null) {
            ours.add(running);
        }
        ours.removeIf(SimulatedPrompt::foreign);
        return ours;
    }
}
