package dev.comfyrouter.workflows;

import dev.comfyrouter.workflows.Workflow.Input;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/// Reads from a graph how many steps its sampler nodes will count.
final class SamplingSteps {
    /// Deeper than any sensible chain of sigma nodes; ends the walk around a cycle.
    private static final int LONGEST_CHAIN = 32;

    private final Workflow workflow;

    private SamplingSteps(Workflow workflow) {
        this.workflow = workflow;
    }

    static Map<String, Integer> of(Workflow workflow) {
        var reader = new SamplingSteps(workflow);
        var steps = new LinkedHashMap<String, Integer>();
        for (var node : workflow.nodes())
            reader.steps(node).ifPresent(count -> steps.put(node.id(), Math.max(0, count)));
        return steps;
    }

    private OptionalInt steps(Workflow.Node node) {
        return switch (node.classType()) {
            case "KSampler" ->
                decimal(node, "denoise")
                                .filter(denoise -> denoise.signum() <= 0)
                                .isPresent()
                        ? OptionalInt.of(0)
                        : whole(node, "steps");
            case "KSamplerAdvanced" -> part(node);
            case "SamplerCustom", "SamplerCustomAdvanced" -> sigmas(node, LONGEST_CHAIN);
            default -> node.classType().contains("KSampler") ? whole(node, "steps") : OptionalInt.empty();
        };
    }

    private OptionalInt part(Workflow.Node node) {
        var steps = whole(node, "steps");
        if (steps.isEmpty()) return steps;
        var start = whole(node, "start_at_step").orElse(0);
        var end = Math.min(whole(node, "end_at_step").orElse(Integer.MAX_VALUE), steps.getAsInt());
        return OptionalInt.of(end - start);
    }

    private OptionalInt sigmas(Workflow.Node sampler, int depth) {
        if (depth == 0 || !(sampler.inputs().get("sigmas") instanceof Input.Link link)) return OptionalInt.empty();
        var source = workflow.node(link.node());
        if (source.isEmpty()) return OptionalInt.empty();
        var node = source.get();
        return switch (node.classType()) {
            case "FlipSigmas" -> sigmas(node, depth - 1);
            case "SplitSigmas" -> split(node, link.slot(), depth);
            case "SplitSigmasDenoise" -> splitByDenoise(node, link.slot(), depth);
            case "AlignYourStepsScheduler" -> scaled(whole(node, "steps"), decimal(node, "denoise"));
            default -> whole(node, "steps");
        };
    }

    private OptionalInt split(Workflow.Node node, int slot, int depth) {
        var all = sigmas(node, depth - 1);
        var at = whole(node, "step");
        if (all.isEmpty() || at.isEmpty()) return OptionalInt.empty();
        var first = Math.min(at.getAsInt(), all.getAsInt());
        return OptionalInt.of(slot == 0 ? first : all.getAsInt() - first);
    }

    private OptionalInt splitByDenoise(Workflow.Node node, int slot, int depth) {
        var all = sigmas(node, depth - 1);
        var last = scaled(all, decimal(node, "denoise"));
        if (all.isEmpty() || last.isEmpty()) return OptionalInt.empty();
        return slot == 0 ? OptionalInt.of(all.getAsInt() - last.getAsInt()) : last;
    }

    private static OptionalInt scaled(OptionalInt steps, Optional<BigDecimal> share) {
        if (steps.isEmpty() || share.isEmpty()) return steps;
        // Python's round(): half to even.
        return OptionalInt.of(share.get()
                .multiply(BigDecimal.valueOf(steps.getAsInt()))
                .setScale(0, RoundingMode.HALF_EVEN)
                .intValue());
    }

    private OptionalInt whole(Workflow.Node node, String input) {
        return value(node, input) instanceof Input.Whole(var number) && number.bitLength() < 31
                ? OptionalInt.of(number.intValue())
                : OptionalInt.empty();
    }

    private Optional<BigDecimal> decimal(Workflow.Node node, String input) {
        return switch (value(node, input)) {
            case Input.Whole(var number) -> Optional.of(new BigDecimal(number));
            case Input.Decimal(var number) ->
                Math.abs((long) number.precision() - number.scale()) < 100 ? Optional.of(number) : Optional.empty();
            default -> Optional.empty();
        };
    }

    /// The value of an input, also when it comes from one of ComfyUI's value nodes.
    private Input value(Workflow.Node node, String input) {
        var value = node.inputs().getOrDefault(input, NOTHING);
        if (value instanceof Input.Link(var id, var slot) && slot == 0)
            return workflow.node(id)
                    .filter(source -> source.classType().startsWith("Primitive"))
                    .flatMap(source -> source.input("value"))
                    .orElse(NOTHING);
        return value;
    }

    private static final Input NOTHING = new Input.Json("null");
}
