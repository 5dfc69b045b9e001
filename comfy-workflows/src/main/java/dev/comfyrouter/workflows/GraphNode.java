package dev.comfyrouter.workflows;

import dev.comfyrouter.workflows.Workflow.Input;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.LinkedHashMap;
import java.util.Map;

/// A node that is about to join a [Graph]: any class, also one of a node pack that this library does not know.
public final class GraphNode {
    private final Graph graph;
    private final String classType;
    private final Map<String, Input> inputs = new LinkedHashMap<>();
    private String title;

    GraphNode(Graph graph, String classType) {
        this.graph = graph;
        this.classType = classType;
        this.title = classType;
    }

    /// What people see; the class name unless set.
    public GraphNode title(String text) {
        title = text;
        return this;
    }

    public GraphNode with(String input, Wire<?> wire) {
        return put(input, wire.into(graph));
    }

    public GraphNode with(String input, String text) {
        return put(input, new Input.Text(text));
    }

    public GraphNode with(String input, long number) {
        return put(input, new Input.Whole(number));
    }

    public GraphNode with(String input, BigInteger number) {
        return put(input, new Input.Whole(number));
    }

    /// A decimal, written without the tail of a binary float, to six places.
    public GraphNode with(String input, double number) {
        return put(input, new Input.Decimal(Numbers.tidy(number)));
    }

    public GraphNode with(String input, BigDecimal number) {
        return put(input, new Input.Decimal(Numbers.tidy(number)));
    }

    public GraphNode with(String input, boolean flag) {
        return put(input, new Input.Flag(flag));
    }

    GraphNode with(Map<String, Input> more) {
        more.forEach(this::put);
        return this;
    }

    private GraphNode put(String input, Input value) {
        if (inputs.put(input, value) != null)
            throw new IllegalArgumentException(classType + " was given the input " + input + " twice; give it once");
        return this;
    }

    /// Adds the node to the graph.
    ///
    /// @throws IllegalArgumentException when it is a class of [NodeCatalog#core()] and an input is missing,
    /// of the wrong type or out of range
    public Added add() {
        return new Added(graph, graph.add(classType, title, inputs), classType);
    }

    /// A node of a graph.
    public static final class Added {
        private final Graph graph;
        private final String id;
        private final String classType;

        private Added(Graph graph, String id, String classType) {
            this.graph = graph;
            this.id = id;
            this.classType = classType;
        }

        public String id() {
            return id;
        }

        /// One of its outputs.
        ///
        /// @param slot from 0
        /// @throws IllegalArgumentException when it is a class of [NodeCatalog#core()] whose output is another
        public <T extends Slot> Wire<T> out(int slot, WireType<T> type) {
            NodeCatalog.core().type(classType).ifPresent(known -> {
                if (slot < 0 || slot >= known.outputs().size())
                    throw new IllegalArgumentException(classType + " has "
                            + known.outputs().size() + " outputs, counted from 0; there is no " + slot);
                var given = known.outputs().get(slot).type();
                if (!given.equals(type.name()) && !given.equals("*"))
                    throw new IllegalArgumentException(
                            "output " + slot + " of " + classType + " is " + given + ", not " + type.name());
            });
            return new Wire<>(graph, id, slot, type);
        }
    }
}
