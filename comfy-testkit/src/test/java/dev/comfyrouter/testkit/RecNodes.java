package dev.comfyrouter.testkit;

import dev.comfyrouter.workflows.InputType;
import dev.comfyrouter.workflows.NodeInput;
import dev.comfyrouter.workflows.NodeOutput;
import dev.comfyrouter.workflows.NodeType;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/// The test nodes that the recordings use, declared and behaving as they did there.
final class RecNodes {

    private static final NodeInput IMAGE = new NodeInput("image", true, new InputType.Wire("IMAGE"));
    private static final List<NodeOutput> OUTPUT = List.of(new NodeOutput("IMAGE", "IMAGE"));

    private RecNodes() {}

    static FakeComfyBuilder addTo(FakeComfyBuilder builder, Supplier<RecordedPace> pace) {
        NodeInput seconds = new NodeInput(
                "seconds",
                true,
                new InputType.Decimal(
                        Optional.of(new BigDecimal("1.0")),
                        Optional.of(new BigDecimal("0.0")),
                        Optional.of(new BigDecimal("600.0")),
                        Optional.empty()));
        NodeInput ticks = new NodeInput(
                "ticks",
                false,
                new InputType.Whole(
                        Optional.of(BigInteger.ZERO),
                        Optional.of(BigInteger.ZERO),
                        Optional.of(BigInteger.valueOf(10_000)),
                        Optional.empty()));
        NodeInput message = new NodeInput("message", true, new InputType.Text(Optional.of("boom"), false));
        NodeInput text = new NodeInput("text", true, new InputType.Text(Optional.of("hello"), false));
        NodeInput kind = new NodeInput(
                "kind", true, new InputType.Choice(List.of("strings", "empty", "none", "mixed"), Optional.empty()));
        return builder.node(type("RecSleep", OUTPUT, IMAGE, seconds, ticks), call -> sleep(call, pace.get()))
                .node(type("RecRaise", OUTPUT, IMAGE, message), call -> {
                    throw new NodeFailure("ValueError", call.text("message"));
                })
                .node(type("RecBlock", OUTPUT, IMAGE, message), call -> List.of(new Blocked(call.text("message"))))
                .node(type("RecText", OUTPUT, IMAGE, text), call -> {
                    call.say(call.text("text"));
                    return List.of(call.linked("image").orElseThrow());
                })
                .node(
                        type("SaveAnimatedWEBP", List.of(), wire("images", "IMAGE")),
                        call -> shown(call, animated("rec27_00001_.webp")))
                .node(
                        type("SaveAnimatedPNG", List.of(), wire("images", "IMAGE")),
                        call -> shown(call, animated("rec27_00002_.png")))
                .node(
                        type("PreviewAny", List.of(), wire("source", "*")),
                        call -> shown(call, "{\"text\": [\"tensor()\"]}"))
                .node(type("RecUi", List.of(), IMAGE, kind), RecNodes::show);
    }

    private static NodeInput wire(String name, String type) {
        return new NodeInput(name, true, new InputType.Wire(type));
    }

    private static String animated(String file) {
        return "{\"images\": [{\"filename\": \"" + file
                + "\", \"subfolder\": \"\", \"type\": \"output\"}], \"animated\": [true]}";
    }

    private static List<Object> shown(NodeCall call, String json) {
        call.show(json);
        return List.of();
    }

    private static NodeType type(String name, List<NodeOutput> outputs, NodeInput... inputs) {
        return new NodeType(name, name, "rec", List.of(inputs), outputs, outputs.isEmpty());
    }

    private static List<Object> sleep(NodeCall call, RecordedPace pace) throws InterruptedException {
        double seconds = call.decimal("seconds");
        if (Double.isNaN(seconds)) {
            throw new NodeFailure("ValueError", "cannot convert float NaN to integer");
        }
        int count = call.whole("ticks") > 0 ? call.whole("ticks") : Math.max(1, (int) (seconds / 0.25));
        double start = pace.now();
        for (int tick = 1; tick <= count; tick++) {
            pace.beforeTimedTick(call, tick, start, seconds * 1000 / count);
            call.progress(tick, count);
        }
        return List.of(call.linked("image").orElseThrow());
    }

    private static List<Object> show(NodeCall call) {
        switch (call.text("kind")) {
            case "strings" -> call.show("{\"text\": [\"plain\", \"strings \\u00e4 \\ud83d\\ude00\"]}");
            case "mixed" -> call.show("""
                        {"a": [1, 2.5, null, true],
                         "images": [{"filename": "x.png", "subfolder": "", "type": "output", "extra": 1}],
                         "gifs": [{"filename": "x.mp4", "subfolder": "v", "type": "output", "format": "video/h264-mp4"}]}""");
            case "empty" -> call.show("{}");
            default -> {
                // Nothing to show.
            }
        }
        return List.of();
    }
}
