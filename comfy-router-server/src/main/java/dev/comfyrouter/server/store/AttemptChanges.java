package dev.comfyrouter.server.store;

import dev.comfyrouter.client.PromptId;
import dev.comfyrouter.server.store.Writer.Change;
import dev.comfyrouter.server.task.Assignment;
import dev.comfyrouter.server.task.Attempt;
import dev.comfyrouter.server.task.FailureClass;
import dev.comfyrouter.server.task.ResultFile;
import dev.comfyrouter.server.task.TaskState;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// What happens to an attempt: made, under way, ended with or without a result.
///
/// Each change names the attempt: once a task has a newer one, the older one's changes find no row. A task whose
/// cancelling was asked for takes no result any more.
final class AttemptChanges {
    private AttemptChanges() {}

    /// Makes attempts of all pairs whose tasks still wait, and tells which.
    static Change<List<Assignment>> assign(List<Assignment> pairs, Instant at) {
        return tx -> {
            List<Assignment> taken = new ArrayList<>(pairs.size());
            for (Assignment pair : pairs) {
                if (assign(tx, pair, at)) {
                    taken.add(pair);
                }
            }
            return taken;
        };
    }

    private static boolean assign(Transaction tx, Assignment pair, Instant at) throws SQLException {
        boolean taken = TaskChanges.step(
                tx,
                "UPDATE task SET state = 'SUBMITTING', k = ?, node = ?, node_url = ?, seq = seq + 1"
                        + " WHERE n = ? AND state IN ('READY', 'BACKOFF') AND k = ? AND cancel = 0",
                pair.number(),
                TaskState.SUBMITTING,
                at,
                pair.nodeUrl(),
                pair.k(),
                pair.node().value(),
                pair.nodeUrl(),
                pair.number(),
                pair.k() - 1);
        if (taken) {
            tx.update(
                    "INSERT INTO attempt (n, k, node, prompt, client, state, created) VALUES (?, ?, ?, ?, ?, 'LIVE', ?)",
                    pair.number(),
                    pair.k(),
                    pair.node().value(),
                    Columns.bytes(pair.promptId()),
                    pair.clientId(),
                    at.toEpochMilli());
            if (pair.k() == 1) {
                tx.addWaiting(-1);
            }
        }
        return taken;
    }

    static Change<Boolean> submitted(long number, int k, String graph, Instant at) {
        return tx -> {
            tx.update("INSERT OR REPLACE INTO graph (n, k, graph) VALUES (?, ?, ?)", number, k, graph);
            return TaskChanges.step(
                    tx,
                    "UPDATE task SET state = 'SUBMITTED', seq = seq + 1 WHERE n = ? AND k = ? AND state = 'SUBMITTING'",
                    number,
                    TaskState.SUBMITTED,
                    at,
                    "",
                    number,
                    k);
        };
    }

    static Change<Boolean> running(long number, int k, Instant at) {
        return tx -> TaskChanges.step(
                tx,
                "UPDATE task SET state = 'RUNNING', started = coalesce(started, ?), seq = seq + 1"
                        + " WHERE n = ? AND k = ? AND state IN ('SUBMITTING', 'SUBMITTED')",
                number,
                TaskState.RUNNING,
                at,
                "",
                at.toEpochMilli(),
                number,
                k);
    }

    static Change<Boolean> collecting(long number, int k, Instant at) {
        return tx -> TaskChanges.step(
                tx,
                "UPDATE task SET state = 'COLLECTING', started = coalesce(started, ?), seq = seq + 1"
                        + " WHERE n = ? AND k = ? AND state IN ('SUBMITTING', 'SUBMITTED', 'RUNNING')",
                number,
                TaskState.COLLECTING,
                at,
                "",
                at.toEpochMilli(),
                number,
                k);
    }

    static Change<Boolean> succeed(long number, int k, List<ResultFile> files, Instant at) {
        return tx -> {
            boolean first = TaskChanges.step(
                    tx,
                    "UPDATE task SET state = 'SUCCEEDED', finished = ?, started = coalesce(started, ?), seq = seq + 1"
                            + " WHERE n = ? AND k = ? AND cancel = 0 AND " + TaskChanges.UNDER_WAY,
                    number,
                    TaskState.SUCCEEDED,
                    at,
                    "",
                    at.toEpochMilli(),
                    at.toEpochMilli(),
                    number,
                    k);
            if (first) {
                for (ResultFile file : files) {
                    insert(tx, number, file);
                }
                TaskChanges.forgetFiles(tx, number);
                end(tx, number, k, Attempt.State.ENDED, Optional.empty(), at);
            }
            return first;
        };
    }

    private static void insert(Transaction tx, long number, ResultFile file) throws SQLException {
        tx.update(
                "INSERT INTO result (n, i, file_name, name, content_type, bytes, sha256, width, height)"
                        + " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                number,
                file.index(),
                file.fileName(),
                file.name(),
                file.contentType(),
                file.bytes(),
                file.sha256(),
                file.size().map(ResultFile.Size::width).orElse(null),
                file.size().map(ResultFile.Size::height).orElse(null));
    }

    /// Gives the task another chance, at `notBefore` or at once.
    static Change<Boolean> again(
            long number, int k, Attempt.State attempt, FailureClass cause, Optional<Instant> notBefore, Instant at) {
        return tx -> {
            TaskState state = notBefore.isPresent() ? TaskState.BACKOFF : TaskState.READY;
            boolean first = TaskChanges.step(
                    tx,
                    "UPDATE task SET state = ?, not_before = ?, seq = seq + 1 WHERE n = ? AND k = ? AND cancel = 0 AND "
                            + TaskChanges.UNDER_WAY,
                    number,
                    state,
                    at,
                    cause.word(),
                    state.name(),
                    notBefore.map(Instant::toEpochMilli).orElse(null),
                    number,
                    k);
            end(tx, number, k, attempt, Optional.of(cause), at);
            return first;
        };
    }

    /// An abandoned prompt is not on its node any more.
    static Change<Boolean> gone(PromptId promptId, Instant at) {
        return tx -> tx.update(
                        "UPDATE attempt SET state = 'ENDED', ended = ? WHERE prompt = ? AND state = 'ABANDONED'",
                        at.toEpochMilli(),
                        Columns.bytes(promptId))
                == 1;
    }

    static void end(Transaction tx, long number, int k, Attempt.State state, Optional<FailureClass> cause, Instant at)
            throws SQLException {
        tx.update(
                "UPDATE attempt SET state = ?, ended = ?, cause = ? WHERE n = ? AND k = ? AND state = 'LIVE'",
                state.name(),
                at.toEpochMilli(),
                cause.map(Enum::name).orElse(null),
                number,
                k);
    }
}
