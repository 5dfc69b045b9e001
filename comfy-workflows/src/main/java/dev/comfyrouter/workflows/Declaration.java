package dev.comfyrouter.workflows;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/// Our own description of one of ComfyUI's node classes, with the version from which each of its parts
/// exists.
///
/// `since` names the oldest ComfyUI in which a part was seen; without it, the part is there in every
/// supported version.
final class Declaration {
    private static final BigInteger MAX_SEED = BigInteger.ONE.shiftLeft(64).subtract(BigInteger.ONE);

    private final String name;
    private final String category;
    private final List<Part<NodeInput>> inputs = new ArrayList<>();
    private final List<Part<NodeOutput>> outputs = new ArrayList<>();
    private ComfyVersion since = ComfyVersion.OLDEST;
    private boolean outputNode;

    private record Part<T>(T part, ComfyVersion since, Optional<Part<T>> before) {
        Optional<T> in(ComfyVersion version) {
            return since.compareTo(version) <= 0 ? Optional.of(part) : before.flatMap(older -> older.in(version));
        }
    }

    private Declaration(String name, String category) {
        this.name = name;
        this.category = category;
    }

    static Declaration node(String name, String category) {
        return new Declaration(name, category);
    }

    /// The class exists from that version on.
    Declaration from(String version) {
        since = ComfyVersion.parse(version);
        return this;
    }

    Declaration outputNode() {
        outputNode = true;
        return this;
    }

    Declaration wire(String input, String type) {
        return input(input, new InputType.Wire(type));
    }

    Declaration text(String input) {
        return input(input, new InputType.Text(Optional.empty(), true));
    }

    Declaration line(String input, String standard) {
        return input(input, new InputType.Text(Optional.of(standard), false));
    }

    Declaration whole(String input, long standard, long min, long max) {
        return input(input, whole(Optional.of(standard), min, max, Optional.empty()));
    }

    Declaration whole(String input, long standard, long min, long max, long step) {
        return input(input, whole(Optional.of(standard), min, max, Optional.of(step)));
    }

    static InputType whole(Optional<Long> standard, long min, long max, Optional<Long> step) {
        return new InputType.Whole(
                standard.map(BigInteger::valueOf),
                Optional.of(BigInteger.valueOf(min)),
                Optional.of(BigInteger.valueOf(max)),
                step.map(BigInteger::valueOf));
    }

    Declaration seed(String input) {
        return input(
                input,
                new InputType.Whole(
                        Optional.of(BigInteger.ZERO),
                        Optional.of(BigInteger.ZERO),
                        Optional.of(MAX_SEED),
                        Optional.empty()));
    }

    Declaration decimal(String input, String standard, String min, String max, String step) {
        return input(
                input,
                new InputType.Decimal(
                        Optional.of(new BigDecimal(standard)),
                        Optional.of(new BigDecimal(min)),
                        Optional.of(new BigDecimal(max)),
                        Optional.of(new BigDecimal(step))));
    }

    Declaration flag(String input, boolean standard) {
        return input(input, new InputType.Flag(Optional.of(standard)));
    }

    Declaration choice(String input, String... options) {
        return input(input, new InputType.Choice(List.of(options), Optional.empty()));
    }

    Declaration choice(String input, List<String> options) {
        return input(input, new InputType.Choice(options, Optional.empty()));
    }

    Declaration choiceOr(String input, String standard, String... options) {
        return input(input, new InputType.Choice(List.of(options), Optional.of(standard)));
    }

    /// The last choice has these options as well, from that version on.
    Declaration moreSince(String version, List<String> allOptions) {
        var last = inputs.removeLast();
        var choice = new InputType.Choice(allOptions, Optional.empty());
        inputs.add(new Part<>(
                new NodeInput(last.part.name(), last.part.required(), choice),
                ComfyVersion.parse(version),
                Optional.of(last)));
        return this;
    }

    Declaration moreSince(String version, String... more) {
        var options = new ArrayList<>(((InputType.Choice) inputs.getLast().part.type()).options());
        options.addAll(Arrays.asList(more));
        return moreSince(version, options);
    }

    /// The last input has this wider type from that version on.
    Declaration widerSince(String version, InputType type) {
        var last = inputs.removeLast();
        inputs.add(new Part<>(
                new NodeInput(last.part.name(), last.part.required(), type),
                ComfyVersion.parse(version),
                Optional.of(last)));
        return this;
    }

    Declaration model(String input, ModelFolder folder) {
        return input(input, new InputType.ModelFile(folder, Optional.empty()));
    }

    Declaration picture(String input) {
        return input(input, new InputType.UserFile("input", true, List.of()));
    }

    Declaration input(String input, InputType type) {
        inputs.add(new Part<>(new NodeInput(input, true, type), ComfyVersion.OLDEST, Optional.empty()));
        return this;
    }

    /// The last input may be left out.
    Declaration optional() {
        var last = inputs.removeLast();
        inputs.add(new Part<>(new NodeInput(last.part.name(), false, last.part.type()), last.since, last.before));
        return this;
    }

    /// The last input exists from that version on.
    Declaration since(String version) {
        var last = inputs.removeLast();
        inputs.add(new Part<>(last.part, ComfyVersion.parse(version), last.before));
        return this;
    }

    Declaration out(String type) {
        return out(type, type);
    }

    Declaration out(String type, String outputName) {
        outputs.add(new Part<>(new NodeOutput(type, outputName), ComfyVersion.OLDEST, Optional.empty()));
        return this;
    }

    /// The last output exists from that version on.
    Declaration outSince(String version) {
        var last = outputs.removeLast();
        outputs.add(new Part<>(last.part, ComfyVersion.parse(version), last.before));
        return this;
    }

    /// The class as that version has it; empty when it does not have it.
    Optional<NodeType> in(ComfyVersion version) {
        if (since.compareTo(version) > 0) return Optional.empty();
        return Optional.of(new NodeType(
                name,
                name,
                category,
                inputs.stream().flatMap(part -> part.in(version).stream()).toList(),
                outputs.stream().flatMap(part -> part.in(version).stream()).toList(),
                outputNode));
    }
}
