package dev.comfyrouter.server.schedule;

import dev.comfyrouter.client.HistoryEntry;
import dev.comfyrouter.server.task.Attempt;
import dev.comfyrouter.server.task.Failure;

/// How an attempt ended on its node.
sealed interface Ending {
    /// The node has it in its history.
    record Finished(HistoryEntry entry) implements Ending {}

    /// It did not come to an end there, or was refused.
    ///
    /// @param attempt whether its prompt may still be alive on the node
    /// @param fromServerError whether the node answered 5xx, which the graph or the node may be the cause of
    /// @param counts whether it counts against the limit of attempts
    record Failed(Failure failure, Attempt.State attempt, boolean fromServerError, boolean counts) implements Ending {}

    /// The router took it off the node.
    ///
    /// @param certain whether the node was seen not to have it any more
    record Removed(Why why, boolean certain) implements Ending {}

    enum Why {
        CANCELLED,
        /// The operator wants the node's slot at once.
        EVICTED,
        /// It ran too long.
        EXPIRED,
        /// Nothing moved for too long.
        STALLED,
        /// It waits there, and nothing moves before it.
        BLOCKED
    }
}
