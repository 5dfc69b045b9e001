package dev.comfyrouter.workflows;

import dev.comfyrouter.workflows.Workflow.Input;
import java.math.BigDecimal;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.SequencedSet;
import java.util.Set;

/// One look at a graph with the eyes of one server.
final class GraphCheck {
    private final NodeCatalog catalog;
    private final Workflow workflow;
    private final List<Problem> problems = new ArrayList<>();

    private GraphCheck(NodeCatalog catalog, Workflow workflow) {
        this.catalog = catalog;
        this.workflow = workflow;
    }

    static List<Problem> problems(NodeCatalog catalog, Workflow workflow) {
        var check = new GraphCheck(catalog, workflow);
        check.run();
        return List.copyOf(check.problems);
    }

    /// What is wrong with one node of a graph that is still being built.
    static List<Problem> problems(NodeCatalog catalog, Workflow workflow, Workflow.Node node) {
        var check = new GraphCheck(catalog, workflow);
        catalog.type(node.classType()).ifPresent(type -> check.node(node, type));
        return check.problems;
    }

    static List<Problem> oddities(NodeCatalog catalog, Workflow workflow) {
        var check = new GraphCheck(catalog, workflow);
        for (var node : workflow.nodes()) catalog.type(node.classType()).ifPresent(type -> check.oddities(node, type));
        return List.copyOf(check.problems);
    }

    private void run() {
        var outputs = new ArrayList<String>();
        for (var node : workflow.nodes()) {
            var type = catalog.type(node.classType());
            if (type.isEmpty()) problem(node, "class_type", unknownClass(node));
            else if (type.get().outputNode()) outputs.add(node.id());
        }
        if (outputs.isEmpty() && problems.isEmpty())
            problems.add(
                    new Problem(
                            "",
                            "no node of this graph saves or shows anything, so there is nothing to run; add a SaveImage or PreviewImage"));
        var upstream = upstreamOf(outputs);
        for (var node : workflow.nodes())
            if (upstream.contains(node.id())) catalog.type(node.classType()).ifPresent(type -> node(node, type));
        cycle(upstream);
    }

    private String unknownClass(Workflow.Node node) {
        var pack = Preprocessor.packOf(node.classType())
                .map(name -> "; it belongs to the node pack " + name + ", which is not installed there")
                .orElseGet(() -> Suggestion.among(catalog.classes(), node.classType()));
        return named(node) + " is of class " + node.classType() + ", which the server does not have" + pack;
    }

    private Set<String> upstreamOf(List<String> outputs) {
        var seen = new LinkedHashSet<String>(outputs);
        var waiting = new ArrayDeque<>(outputs);
        while (!waiting.isEmpty())
            workflow.node(waiting.pop())
                    .ifPresent(node -> node.links().forEach(link -> {
                        if (seen.add(link.node())) waiting.add(link.node());
                    }));
        return seen;
    }

    private void node(Workflow.Node node, NodeType type) {
        for (var input : type.inputs()) {
            var value = node.input(input.name());
            if (value.isPresent()) value(node, input, value.get());
            else if (input.required() && !isGrownByName(input)) required(node, type, input);
        }
        for (var entry : node.inputs().entrySet())
            if (type.input(entry.getKey()).isEmpty() && entry.getValue() instanceof Input.Link link)
                if (workflow.node(link.node()).isEmpty()) dangling(node, entry.getKey(), link);
    }

    /// Newer nodes take any number of inputs `name.item0`, `name.item1`; the name alone is never given.
    private static boolean isGrownByName(NodeInput input) {
        return input.type().typeName().equals("COMFY_AUTOGROW_V3");
    }

    private void required(Workflow.Node node, NodeType type, NodeInput input) {
        var stray = node.inputs().keySet().stream()
                .filter(name -> type.input(name).isEmpty())
                .filter(name -> Suggestion.closest(List.of(input.name()), name).isPresent())
                .findFirst()
                .map(name -> "; is \"" + name + "\" meant to be it?")
                .orElse("");
        problem(
                node,
                "inputs",
                named(node) + " (" + node.classType() + ") needs the input " + input.name() + ", "
                        + described(input.type()) + "; ComfyUI fills in no default" + stray);
    }

    private void value(Workflow.Node node, NodeInput input, Input value) {
        switch (value) {
            case Input.Link link -> link(node, input, link);
            case Input.Json json -> {
                if (input.type() instanceof InputType.Wire) plainValueForWire(node, input);
            }
            case Input.Text(var text) -> plain(node, input, text, Optional.empty());
            case Input.Whole(var number) -> plain(node, input, number.toString(), Optional.of(new BigDecimal(number)));
            case Input.Decimal(var number) -> plain(node, input, number.toString(), Optional.of(number));
            case Input.Flag(var flag) ->
                plain(node, input, flag ? "True" : "False", Optional.of(flag ? BigDecimal.ONE : BigDecimal.ZERO));
        }
    }

    private void plain(Workflow.Node node, NodeInput input, String text, Optional<BigDecimal> number) {
        switch (input.type()) {
            case InputType.Wire wire -> {
                // A wildcard also takes plain values.
                if (!wire.typeName().contains("*")) plainValueForWire(node, input);
            }
            case InputType.Whole whole ->
                number(
                        node,
                        input,
                        text,
                        number,
                        whole.min().map(BigDecimal::new),
                        whole.max().map(BigDecimal::new));
            case InputType.Decimal decimal -> number(node, input, text, number, decimal.min(), decimal.max());
            case InputType.Choice choice -> listed(node, input, text, choice.options(), "");
            case InputType.ModelFile(var folder, var names) ->
                names.ifPresent(known -> listed(node, input, text, known, " in models/" + folder.folder()));
            case InputType.UserFile file -> {
                // ComfyUI looks for the file itself, not in its list.
            }
            case InputType.Text any -> {}
            case InputType.Flag any -> {}
            case InputType.Other any -> {}
        }
    }

    private void plainValueForWire(Workflow.Node node, NodeInput input) {
        input(node, input.name(), "takes " + described(input.type()) + " from another node: write [node id, slot]");
    }

    private void number(
            Workflow.Node node,
            NodeInput input,
            String text,
            Optional<BigDecimal> given,
            Optional<BigDecimal> min,
            Optional<BigDecimal> max) {
        var number = given.or(() -> readNumber(text));
        if (number.isEmpty()) {
            input(node, input.name(), "is " + described(input.type()) + ", not \"" + shortened(text) + "\"");
            return;
        }
        if (min.isPresent() && number.get().compareTo(min.get()) < 0)
            input(node, input.name(), "is " + shortened(text) + "; the smallest allowed value is " + plain(min.get()));
        if (max.isPresent() && number.get().compareTo(max.get()) > 0)
            input(node, input.name(), "is " + shortened(text) + "; the largest allowed value is " + plain(max.get()));
    }

    private static Optional<BigDecimal> readNumber(String text) {
        try {
            return Optional.of(new BigDecimal(text.strip()));
        } catch (NumberFormatException notANumber) {
            return Optional.empty();
        }
    }

    private void listed(Workflow.Node node, NodeInput input, String value, List<String> options, String where) {
        if (options.contains(value)) return;
        var listed = options.isEmpty()
                ? "there is none" + where
                : options.size() <= 12
                        ? "there is " + String.join(", ", options) + where
                        : "it is none of the " + options.size() + where + Suggestion.among(options, value);
        input(node, input.name(), "is \"" + shortened(value) + "\"; " + listed);
    }

    private void link(Workflow.Node node, NodeInput input, Input.Link link) {
        var source = workflow.node(link.node());
        if (source.isEmpty()) {
            dangling(node, input.name(), link);
            return;
        }
        catalog.type(source.get().classType()).ifPresent(type -> {
            if (link.slot() >= type.outputs().size()) {
                input(
                        node,
                        input.name(),
                        "takes output " + link.slot() + " of " + named(source.get()) + " (" + type.name()
                                + "), which has " + type.outputs().size() + ", counted from 0");
                return;
            }
            var given = type.outputs().get(link.slot()).type();
            if (!fits(given, input.type().typeName()))
                input(
                        node,
                        input.name(),
                        "takes " + input.type().typeName() + "; output " + link.slot() + " of " + named(source.get())
                                + " (" + type.name() + ") is " + given);
        });
    }

    private void dangling(Workflow.Node node, String input, Input.Link link) {
        input(node, input, "is linked to node " + link.node() + ", which the graph does not have");
    }

    private static boolean fits(String given, String wanted) {
        // Newer nodes name types they resolve themselves COMFY_..._V3.
        if (given.contains("*") || wanted.contains("*") || given.startsWith("COMFY_") || wanted.startsWith("COMFY_"))
            return true;
        var accepted = Arrays.asList(wanted.split(","));
        return Arrays.stream(given.split(",")).anyMatch(accepted::contains);
    }

    private void cycle(Set<String> upstream) {
        var done = new HashSet<String>();
        for (var start : upstream) {
            var path = new LinkedHashSet<String>();
            var found = walk(start, path, done);
            if (found.isPresent()) {
                var nodes = new ArrayList<>(path);
                var loop = nodes.subList(nodes.indexOf(found.get()), nodes.size());
                problems.add(new Problem(
                        Problem.child("", found.get()),
                        "the nodes " + String.join(", ", loop)
                                + " feed each other in a circle; cut one of their links"));
                return;
            }
        }
    }

    /// Depth first with a stack of its own: a graph may be deeper than a thread's stack.
    private Optional<String> walk(String start, SequencedSet<String> path, Set<String> done) {
        var stack = new ArrayDeque<List<String>>();
        stack.push(new ArrayList<>(List.of(start)));
        while (!stack.isEmpty()) {
            var siblings = stack.peek();
            if (siblings.isEmpty()) {
                stack.pop();
                if (!path.isEmpty() && !stack.isEmpty()) done.add(path.removeLast());
                continue;
            }
            var id = siblings.removeLast();
            if (path.contains(id)) return Optional.of(id);
            if (done.contains(id)) continue;
            path.add(id);
            var next = new ArrayList<String>();
            workflow.node(id).ifPresent(node -> node.links().forEach(link -> next.add(link.node())));
            stack.push(next);
        }
        return Optional.empty();
    }

    private void oddities(Workflow.Node node, NodeType type) {
        var dynamic =
                type.inputs().stream().anyMatch(input -> input.type().typeName().startsWith("COMFY_"));
        for (var entry : node.inputs().entrySet()) {
            var declared = type.input(entry.getKey());
            if (declared.isEmpty() && !dynamic) {
                var names = type.inputs().stream().map(NodeInput::name).toList();
                input(
                        node,
                        entry.getKey(),
                        "is not known to " + type.name() + " and ignored" + Suggestion.among(names, entry.getKey()));
            }
            if (declared.isPresent() && entry.getValue() instanceof Input.Text(var text))
                textFor(node, declared.get(), text);
        }
    }

    private void textFor(Workflow.Node node, NodeInput input, String text) {
        if (input.type() instanceof InputType.Flag)
            input(
                    node,
                    input.name(),
                    "is the text \"" + shortened(text) + "\", which ComfyUI takes for " + !text.isEmpty()
                            + "; write true or false without quotes");
        if (input.type() instanceof InputType.Whole || input.type() instanceof InputType.Decimal)
            input(node, input.name(), "is a number in quotes; write it without");
    }

    private static String described(InputType type) {
        return switch (type) {
            case InputType.Wire(var name) -> "a " + name;
            case InputType.Text text -> "a text";
            case InputType.Whole whole -> "a whole number";
            case InputType.Decimal decimal -> "a number";
            case InputType.Flag flag -> "true or false";
            case InputType.Choice choice -> "one of a list";
            case InputType.ModelFile(var folder, var names) -> "a file of models/" + folder.folder();
            case InputType.UserFile file -> "a file of " + file.directory() + "/";
            case InputType.Other(var name) -> "a " + name;
        };
    }

    private static String named(Workflow.Node node) {
        return "node " + node.id() + (node.title().isEmpty() ? "" : " \"" + node.title() + "\"");
    }

    private static String plain(BigDecimal number) {
        return number.stripTrailingZeros().toPlainString();
    }

    private static String shortened(String text) {
        return text.length() <= 80 ? text : text.substring(0, 77) + "...";
    }

    private void input(Workflow.Node node, String input, String detail) {
        problem(node, "inputs", input, named(node) + " (" + node.classType() + "): " + input + " " + detail);
    }

    private void problem(Workflow.Node node, String member, String detail) {
        problems.add(new Problem(Problem.child(Problem.child("", node.id()), member), detail));
    }

    private void problem(Workflow.Node node, String member, String input, String detail) {
        problems.add(new Problem(Problem.child(Problem.child(Problem.child("", node.id()), member), input), detail));
    }
}
