package dev.comfyrouter.server.schedule;

import dev.comfyrouter.client.ComfyException;
import dev.comfyrouter.client.ExecutionError;
import dev.comfyrouter.client.HistoryEntry;
import dev.comfyrouter.client.NodeError;
import dev.comfyrouter.server.task.Failure;
import dev.comfyrouter.server.task.FailureClass;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/// What ComfyUI says went wrong, as a failure that people can read.
final class Failures {
    private Failures() {}

    static Failure execution(Run run, HistoryEntry entry) {
        String node = run.node().state().spec().url().toString();
        if (entry.error().isEmpty()) {
            return Failure.of(FailureClass.EXECUTION, "it failed on " + node + ", which does not say why");
        }
        ExecutionError error = entry.error().get();
        return new Failure(
                error.outOfMemory() ? FailureClass.OUT_OF_MEMORY : FailureClass.EXECUTION,
                error.outOfMemory()
                        ? node + " ran out of memory in " + error.nodeType()
                                + "; use a smaller size or batch, or a node with more"
                        : error.nodeType() + ": " + error.message(),
                Optional.of(error.nodeId() + " " + error.nodeType()),
                Optional.of(
                        error.exceptionType() + ": " + error.message() + "\n" + String.join("", error.traceback())));
    }

    static Failure refused(ComfyException.Rejected refused) {
        return new Failure(
                FailureClass.REQUEST,
                refused.nodeErrors().isEmpty() ? refused.getMessage() : sentence(refused.nodeErrors()),
                refused.nodeErrors().stream().findFirst().map(error -> error.nodeId() + " " + error.classType()),
                Optional.of(refused.getMessage()));
    }

    static Failure partly(List<NodeError> errors) {
        return new Failure(
                FailureClass.REQUEST,
                "only a part of the graph can run: " + sentence(errors),
                errors.stream().findFirst().map(error -> error.nodeId() + " " + error.classType()),
                Optional.empty());
    }

    private static String sentence(List<NodeError> errors) {
        return errors.stream().map(NodeError::toString).collect(Collectors.joining("; "));
    }
}
