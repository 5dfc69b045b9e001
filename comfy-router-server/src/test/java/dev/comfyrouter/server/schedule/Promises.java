package dev.comfyrouter.server.schedule;

import dev.comfyrouter.client.PromptId;
import dev.comfyrouter.server.task.TaskEvent;
import dev.comfyrouter.server.task.TaskId;
import dev.comfyrouter.server.task.TaskState;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/// What the router promises, held against everything that can be seen of it: its events and what reaches the nodes.
///
/// Written by one thread at a time: the store's, or the one that the simulated time lets move.
final class Promises {
    /// A later task may go first for 30 s; a pass and its commit take a moment.
    private static final Duration OVERTAKING = Duration.ofSeconds(32);

    /// So soon a runner that is asked to cancel begins with it, unless a question of its own is not answered.
    private static final Duration CANCELLING = Duration.ofSeconds(2);

    private static final Map<TaskState, Set<TaskState>> STEPS = new EnumMap<>(Map.of(
            TaskState.READY, EnumSet.of(TaskState.SUBMITTING, TaskState.FAILED, TaskState.CANCELLED),
            TaskState.BACKOFF, EnumSet.of(TaskState.READY, TaskState.SUBMITTING, TaskState.FAILED, TaskState.CANCELLED),
            TaskState.SUBMITTING, underWay(TaskState.SUBMITTED, TaskState.RUNNING, TaskState.COLLECTING),
            TaskState.SUBMITTED, underWay(TaskState.RUNNING, TaskState.COLLECTING),
            TaskState.RUNNING, underWay(TaskState.COLLECTING),
            TaskState.COLLECTING, underWay(TaskState.SUCCEEDED)));

    private final SimulatedTime time;
    private final int mostStarts;
    private final Map<Integer, Followed> byIndex = new HashMap<>();
    private final Map<Long, Followed> byNumber = new ConcurrentHashMap<>();
    private final Map<Long, Followed> ready = new HashMap<>();
    private final Map<String, PromptId> prefixes = new HashMap<>();
    private final List<String> broken = new ArrayList<>();
    private final SimulatedDiary diary = new SimulatedDiary();
    private int uncounted;
    private int ended;
    private int starts;
    private final Map<TaskState, Integer> ends = new EnumMap<>(TaskState.class);

    /// @param mostStarts how often a task may be started at most when nothing but nodes disturb it
    Promises(SimulatedTime time, int mostStarts) {
        this.time = time;
        this.mostStarts = mostStarts;
    }

    /// A task as it can be seen from outside.
    static final class Followed {
        final int index;
        final int priority;
        final Instant created;
        final List<SimulatedPrompt> prompts = new ArrayList<>();

        @Nullable
        TaskId id;

        long number;
        int sequence;
        int attempts;

        @Nullable
        TaskState state;

        final Map<String, Integer> retries = new HashMap<>();

        boolean cancelWished;
        private Instant cancelBy = Instant.MAX;
        boolean troubled;

        /// Its runner met a fault of the router and let go of it: what was on its way may arrive unheeded.
        boolean letGo;

        Followed(int index, int priority, Instant created) {
            this.index = index;
            this.priority = priority;
            this.created = created;
        }

        void wishCancel(Instant now) {
            cancelWished = true;
            cancelBy = now.plus(CANCELLING);
        }

        boolean underWay() {
            return state == TaskState.SUBMITTED || state == TaskState.RUNNING || collects();
        }

        boolean collects() {
            return state == TaskState.COLLECTING;
        }

        boolean ended() {
            return state != null && state.terminal();
        }

        private Instant rank() {
            return created.minus(WaitingTask.PRIORITY_STEP.multipliedBy(priority));
        }
    }

    private static Set<TaskState> underWay(TaskState... further) {
        Set<TaskState> next = EnumSet.of(TaskState.READY, TaskState.BACKOFF, TaskState.FAILED, TaskState.CANCELLED);
        next.addAll(List.of(further));
        return next;
    }

    /// The prefix by which a task's files are told from another's.
    static String prefix(int index) {
        return "t" + index;
    }

    static int index(String prefix) {
        return Integer.parseInt(prefix.substring(1, prefix.indexOf('_')));
    }

    /// The index of the task with a number; -1 when there is none.
    int index(long number) {
        Followed task = byNumber.get(number);
        return task == null ? -1 : task.index;
    }

    /// A task is about to be handed in.
    Followed submits(int index, int priority) {
        Followed task = new Followed(index, priority, time.instant());
        byIndex.put(index, task);
        return task;
    }

    /// It was acknowledged; from now on it must not be lost.
    void acknowledged(Followed task, TaskId id, long number) {
        task.id = id;
        task.number = number;
        task.state = TaskState.READY;
        task.sequence = 1;
        byNumber.put(number, task);
        ready.put(number, task);
    }

    /// Each step of a task after it is on disk.
    void published(TaskEvent event) {
        if (event.sequence() == 1) {
            return; // it may come before or after the acknowledgement, on another thread
        }
        Followed task = byNumber.get(event.number());
        if (task == null) {
            broken("a task goes on that was not acknowledged: " + event);
            return;
        }
        TaskState before = task.state;
        if (before == null || event.sequence() != task.sequence + 1) {
            broken("event " + event + " came after number " + task.sequence);
            return;
        }
        note(task.index, "%s %s", event.state(), event.detail());
        check(task, STEPS.getOrDefault(before, Set.of()).contains(event.state()), "from " + before + " to " + event);
        task.state = event.state();
        task.sequence = event.sequence();
        if (event.state() == TaskState.SUBMITTING) {
            ready.remove(event.number());
            checkOrder(task);
            task.attempts++;
        }
        if (event.state() == TaskState.BACKOFF || event.state() == TaskState.READY) {
            checkRetry(task, event);
        }
        if (event.state().terminal()) {
            ready.remove(event.number());
            ended++;
            ends.merge(event.state(), 1, Integer::sum);
            check(
                    task,
                    (event.state() == TaskState.CANCELLED) == task.cancelWished,
                    "cancelling was " + (task.cancelWished ? "" : "not ") + "wished, and it ended with " + event);
            check(
                    task,
                    event.state() != TaskState.FAILED || trouble(task),
                    "nothing disturbed it, and it failed: " + event);
        }
    }

    /// Nodes that fail are tried so often, memory and interrupts once more, an answer of 500 on one more node.
    private void checkRetry(Followed task, TaskEvent event) {
        int most = event.state() == TaskState.BACKOFF
                ? SimulatedRouter.MAX_ATTEMPTS - 1
                : event.detail().isEmpty() || event.detail().equals("infrastructure") ? Integer.MAX_VALUE : 1;
        int times = task.retries.merge(event.state() + " " + event.detail(), 1, Integer::sum);
        check(task, times <= most, "task " + task.index + " is tried again for the " + times + ". time: " + event);
    }

    private static boolean trouble(Followed task) {
        return task.troubled || task.prompts.stream().anyMatch(prompt -> prompt.troubled);
    }

    private void checkOrder(Followed task) {
        if (task.attempts > 0) {
            return;
        }
        Instant now = time.instant();
        for (Followed other : ready.values()) {
            if (other.attempts == 0
                    && other.rank().isBefore(task.rank())
                    && Duration.between(other.created, now).compareTo(OVERTAKING) > 0) {
                broken("task " + task.index + " overtook " + other.index + ", which waited for "
                        + Duration.between(other.created, now));
            }
        }
    }

    /// Every prompt names its files as no other does.
    void prefix(String prefix, PromptId id) {
        PromptId other = prefixes.putIfAbsent(prefix, id);
        check(other == null, "prefix " + prefix + " came twice");
        check(prefix.endsWith("_" + id.value().substring(0, 8)), "prefix " + prefix + " is not that of " + id);
    }

    /// A prompt reaches a node; `others` of ours are there already.
    void submitted(URI server, SimulatedPrompt prompt, List<SimulatedPrompt> others) {
        Followed task = task(prompt);
        task.prompts.add(prompt);
        others.stream().filter(other -> !prompt.late && !other.late).forEach(other -> {
            broken("prompt " + prompt.id + " of task " + prompt.task + " was sent to " + server
                    + " beside another of ours, " + other.id + " of task " + other.task + "\n"
                    + String.join("\n", diary.of(other.task)));
        });
    }

    /// A prompt begins to run.
    void started(URI server, SimulatedPrompt prompt) {
        if (prompt.foreign()) {
            return;
        }
        Followed task = task(prompt);
        starts++;
        note(prompt.task, "prompt %s runs on %s%s", prompt.id, server.getHost(), prompt.troubled ? ", troubled" : "");
        check(
                task,
                task.prompts.stream()
                        .filter(other -> other != prompt && other.started)
                        .allMatch(other -> other.troubled || (task.letGo && prompt.late)),
                "task " + task.index + " runs again on " + server + " although nothing disturbed it before");
        long runs = task.prompts.stream().filter(other -> other.started).count();
        check(task, runs <= mostStarts + uncounted, "task " + task.index + " was started " + runs + " times");
    }

    /// A prompt ends. If it does so by itself and its task was to be cancelled long before, the router
    /// has at least tried.
    void ended(SimulatedPrompt prompt, String how) {
        if (!prompt.foreign() && !how.equals("interrupted")) {
            Followed task = task(prompt);
            check(
                    task,
                    prompt.cancelAsked
                            || prompt.troubled
                            || task.troubled
                            || time.instant().isBefore(task.cancelBy),
                    "prompt " + prompt.id + " of task " + task.index + " was let run, which was to be cancelled");
        }
    }

    /// The router takes a prompt off a node.
    void cancelled(URI server, SimulatedPrompt prompt) {
        if (prompt.foreign()) {
            broken("a prompt of somebody else was cancelled on " + server);
            return;
        }
        Followed task = task(prompt);
        check(
                task,
                task.cancelWished || prompt.troubled,
                "prompt " + prompt.id + " of task " + task.index + " was cancelled for no reason");
    }

    /// Something went wrong with a task that its prompts do not show.
    void troubled(int index) {
        Optional.ofNullable(byIndex.get(index)).ifPresent(task -> task.troubled = true);
    }

    /// The runner of a task meets a fault of the router.
    void letsGo(int index) {
        Optional.ofNullable(byIndex.get(index)).ifPresent(task -> task.letGo = true);
    }

    /// The router or its operator does something that gives tasks back without counting an attempt.
    void uncounted() {
        uncounted++;
    }

    int endedCount() {
        return ended;
    }

    List<Followed> tasks() {
        return List.copyOf(byNumber.values());
    }

    void check(boolean kept, String otherwise) {
        if (!kept) {
            broken(otherwise);
        }
    }

    /// Something that helps to understand a broken promise to a task.
    void note(int task, String format, Object... values) {
        diary.note(task, time.instant(), format, values);
    }

    private void check(Followed task, boolean kept, String otherwise) {
        if (!kept) {
            broken(otherwise + "\n" + String.join("\n", diary.of(task.index)) + "\n");
        }
    }

    void broken(String how) {
        if (broken.size() < 20) {
            broken.add(time.instant() + " " + how);
        }
    }

    /// What was not kept; empty as long as all is well.
    List<String> broken() {
        return broken;
    }

    @Override
    public String toString() {
        return ends + ", " + starts + " executions";
    }

    private Followed task(SimulatedPrompt prompt) {
        Followed task = byIndex.get(prompt.task);
        if (task == null) {
            throw new IllegalStateException("a prompt of no task: " + prompt.id);
        }
        return task;
    }
}
