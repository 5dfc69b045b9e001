package dev.comfyrouter.workflows;

/// An output of a node of a [Graph], to be plugged into inputs of the same type and the same graph.
///
/// @param <T> what it carries
public final class Wire<T extends Slot> {
    private final Graph graph;
    private final String node;
    private final int slot;
    private final WireType<T> type;

    Wire(Graph graph, String node, int slot, WireType<T> type) {
        this.graph = graph;
        this.node = node;
        this.slot = slot;
        this.type = type;
    }

    /// The id of the node it comes from.
    public String node() {
        return node;
    }

    /// Which of the node's outputs it is, from 0.
    public int slot() {
        return slot;
    }

    /// What it carries.
    public WireType<T> type() {
        return type;
    }

    Workflow.Input.Link into(Graph user) {
        if (user != graph)
            throw new IllegalArgumentException(
                    "this wire comes from node " + node + " of another graph; make that node in this graph too");
        return new Workflow.Input.Link(node, slot);
    }

    @Override
    public String toString() {
        return "[" + node + ", " + slot + "]";
    }
}
