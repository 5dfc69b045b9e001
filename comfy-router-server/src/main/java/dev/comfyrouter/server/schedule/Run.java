package dev.comfyrouter.server.schedule;

import dev.comfyrouter.client.PromptId;
import dev.comfyrouter.server.node.Node;
import dev.comfyrouter.server.task.Assignment;
import dev.comfyrouter.server.task.TaskRequest;
import dev.comfyrouter.workflows.Workflow;
import java.time.Instant;
import java.util.List;

/// One attempt under way: its task, its node, and what others want of it.
final class Run {
    private final WaitingTask task;
    private final Assignment assignment;
    private final Node node;
    private final Instant since;
    private final boolean resumed;
    private volatile boolean cancelled;
    private volatile String clientId = "";
    private volatile Workflow graph = Workflow.of(List.of());

    /// @param task as it was before this attempt
    /// @param resumed whether a former router process began the attempt
    Run(WaitingTask task, Assignment assignment, Node node, Instant since, boolean resumed, boolean cancelled) {
        this.task = task;
        this.assignment = assignment;
        this.node = node;
        this.since = since;
        this.resumed = resumed;
        this.cancelled = cancelled;
    }

    WaitingTask task() {
        return task;
    }

    long number() {
        return task.number();
    }

    int k() {
        return assignment.k();
    }

    PromptId promptId() {
        return assignment.promptId();
    }

    Node node() {
        return node;
    }

    Instant since() {
        return since;
    }

    boolean resumed() {
        return resumed;
    }

    /// The graph that was sent; without nodes when it is not known.
    Workflow graph() {
        return graph;
    }

    void sent(Workflow exact) {
        graph = exact;
    }

    /// Says under which client id the prompt goes to its node.
    void submitsAs(String id) {
        clientId = id;
    }

    /// Whether the prompt's events come in: ComfyUI sends them to the client id that submitted it, and each
    /// connection, of each router process, has another one.
    boolean heard() {
        return node.session().open() && node.session().clientId().equals(clientId);
    }

    /// Whether an end without any file is a failure: the typed workflows always make pictures.
    boolean mustGiveFile() {
        return !task.task().type().equals(TaskRequest.GRAPH);
    }

    /// Asks the runner to take the prompt off its node; the wish is on disk already.
    void cancel() {
        cancelled = true;
        node.session().wake(promptId());
    }

    boolean cancelled() {
        return cancelled;
    }

    @Override
    public String toString() {
        return "task " + task.task().id() + " (#" + number() + "), attempt " + k() + ", prompt " + promptId() + " on "
                + node.state().spec().url();
    }
}
