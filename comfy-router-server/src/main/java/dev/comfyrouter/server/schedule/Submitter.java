package dev.comfyrouter.server.schedule;

import dev.comfyrouter.client.ComfyException;
import dev.comfyrouter.client.PreviewMethod;
import dev.comfyrouter.client.Submission;
import dev.comfyrouter.client.Submitted;
import dev.comfyrouter.server.node.Inbox;
import dev.comfyrouter.server.node.NodeState.Leaving;
import dev.comfyrouter.server.store.TaskStore;
import dev.comfyrouter.server.task.Attempt;
import dev.comfyrouter.server.task.Failure;
import dev.comfyrouter.server.task.FailureClass;
import dev.comfyrouter.workflows.Workflow;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;

/// The way of a task's graph to its node, up to the certainty that the node has it, or never will.
///
/// A prompt is posted once. When the answer is lost the node is asked; it is never posted again.
final class Submitter {
    private static final Duration STREAM_PATIENCE = Duration.ofSeconds(2);
    private static final List<Duration> PROBES =
            List.of(Duration.ofSeconds(1), Duration.ofSeconds(1), Duration.ofSeconds(3), Duration.ofSeconds(5));

    private final TaskStore store;
    private final Graphs graphs;
    private final InstantSource clock;

    Submitter(TaskStore store, Graphs graphs, InstantSource clock) {
        this.store = store;
        this.graphs = graphs;
        this.clock = clock;
    }

    /// Empty when the node has the prompt.
    Optional<Ending> submit(Run run, Inbox inbox) throws InterruptedException {
        Workflow graph;
        try {
            graph = graphs.forNode(run);
            run.sent(graph);
        } catch (Graphs.Impossible failed) {
            return Optional.of(new Ending.Failed(failed.failure(), Attempt.State.ENDED, false, true));
        } catch (ComfyException failed) {
            return Optional.of(new Ending.Failed(
                    Failure.of(
                            FailureClass.INFRASTRUCTURE,
                            "its files could not be brought to it: " + failed.getMessage()),
                    Attempt.State.ENDED,
                    false,
                    true));
        }
        awaitEvents(run, inbox);
        Optional<Ending> unwanted = unwanted(run);
        if (unwanted.isPresent()) {
            return unwanted;
        }
        String clientId = run.node().session().clientId();
        run.submitsAs(clientId);
        try {
            Submitted submitted = run.node()
                    .client()
                    .submit(new Submission(graph, run.promptId(), clientId, Optional.of(PreviewMethod.AUTO)));
            store.submitted(run.number(), run.k(), graph.toJson());
            return submitted.nodeErrors().isEmpty()
                    ? Optional.empty()
                    : Optional.of(new Ending.Failed(
                            Failures.partly(submitted.nodeErrors()), Attempt.State.ABANDONED, false, true));
        } catch (ComfyException.Rejected refused) {
            store.submitted(run.number(), run.k(), graph.toJson());
            return Optional.of(new Ending.Failed(Failures.refused(refused), Attempt.State.ENDED, false, true));
        } catch (ComfyException.MissingOnNode missing) {
            return Optional.of(new Ending.Failed(
                    Failure.of(FailureClass.MISSING, missing.getMessage()), Attempt.State.ENDED, false, true));
        } catch (ComfyException failed) {
            if (failed.outcomeUnknown() && arrived(run, inbox)) {
                store.submitted(run.number(), run.k(), graph.toJson());
                return Optional.empty();
            }
            boolean serverError = failed instanceof ComfyException.ServerError;
            return Optional.of(new Ending.Failed(
                    Failure.of(serverError ? FailureClass.REQUEST : FailureClass.INFRASTRUCTURE, failed.getMessage()),
                    failed.outcomeUnknown() ? Attempt.State.ABANDONED : Attempt.State.ENDED,
                    serverError,
                    true));
        }
    }

    /// The end of an attempt whose prompt was never sent, because nobody wants it on this node any more.
    private static Optional<Ending> unwanted(Run run) {
        if (run.cancelled()) {
            return Optional.of(new Ending.Removed(Ending.Why.CANCELLED, true));
        }
        return run.node().state().leaving() == Leaving.NOW
                ? Optional.of(new Ending.Removed(Ending.Why.EVICTED, true))
                : Optional.empty();
    }

    /// Whether the node has a prompt whose submission had no answer: asked 1, 2, 5 and 10 s after.
    private boolean arrived(Run run, Inbox inbox) throws InterruptedException {
        for (Duration pause : PROBES) {
            pause(inbox, pause);
            try {
                if (run.node().client().queue().contains(run.promptId())
                        || run.node().client().history(run.promptId()).isPresent()) {
                    return true;
                }
            } catch (ComfyException unreachable) {
                // the next probe may reach it
            }
        }
        return false;
    }

    private void pause(Inbox inbox, Duration pause) throws InterruptedException {
        Instant end = clock.instant().plus(pause);
        Duration left = pause;
        while (left.isPositive()) {
            if (inbox.poll(left).isPresent()) {
                return; // an event of the prompt: it is there
            }
            left = Duration.between(clock.instant(), end);
        }
    }

    /// Waits a moment for the event stream; without it the follower asks the node instead.
    private void awaitEvents(Run run, Inbox inbox) throws InterruptedException {
        Instant end = clock.instant().plus(STREAM_PATIENCE);
        Duration left = STREAM_PATIENCE;
        while (left.isPositive()
                && !run.node().session().open()
                && unwanted(run).isEmpty()) {
            var unused = inbox.poll(left); // woken when the stream opens, or by who does not want it any more
            left = Duration.between(clock.instant(), end);
        }
    }
}
