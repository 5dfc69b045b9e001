package dev.comfyrouter.server.node;

import dev.comfyrouter.client.PromptId;
import dev.comfyrouter.server.task.NodeId;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.Collection;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;

/// Finds out that two nodes are one ComfyUI under two addresses, which their URLs do not tell: another port, a
/// proxy, a tunnel.
///
/// The rule: each attempt has a random prompt id of its own, which is sent to one node only. When it stands in the
/// queue of another node while the first one holds it, both are the same server. One such id is proof, and machines
/// of one model with the same files never give it; version, devices and the number of prompts would. The ids come
/// from a queue that is read anyway, because it is longer than the prompts that were sent to the node explain.
///
/// A node keeps its twin until one of the two is removed or it had to tell of itself again: another server may have
/// its address then, and the next prompt shows it anew. Nothing is done but to say so: each of the two takes the
/// other's prompts for somebody else's and stays back.
final class Twins {
    private static final Logger LOG = System.getLogger(Twins.class.getName());

    private final Supplier<Collection<Node>> nodes;

    /// Held while two nodes are paired or parted: both find it out at once, and one may be removed meanwhile.
    private final ReentrantLock lock = new ReentrantLock();

    Twins(Supplier<Collection<Node>> nodes) {
        this.nodes = nodes;
    }

    /// @param foreign what stands in the queue of `node` and was not sent to it
    void look(Node node, Collection<PromptId> foreign) {
        if (foreign.isEmpty()) {
            return;
        }
        for (Node other : nodes.get()) {
            if (!other.id().equals(node.id()) && foreign.stream().anyMatch(other.state()::holds)) {
                pair(node, other);
                return;
            }
        }
    }

    /// Forgets a node that has been removed.
    void forget(NodeId removed) {
        lock.lock();
        try {
            nodes.get().stream()
                    .filter(node -> node.state().twin().filter(removed::equals).isPresent())
                    .forEach(node -> node.twin(Optional.empty()));
        } finally {
            lock.unlock();
        }
    }

    private void pair(Node node, Node other) {
        lock.lock();
        try {
            if (node.state().twin().isPresent() || !nodes.get().contains(other)) {
                return;
            }
            node.twin(Optional.of(other.id()));
            if (other.state().twin().isEmpty()) {
                other.twin(Optional.of(node.id()));
            }
        } finally {
            lock.unlock();
        }
        LOG.log(
                Level.WARNING,
                "{0} and {1} are the same ComfyUI: a prompt sent to the one is in the queue of the other;"
                        + " remove one of them",
                node.state().spec(),
                other.state().spec());
    }
}
