package dev.comfyrouter.testkit;

import dev.comfyrouter.workflows.InputType;
import dev.comfyrouter.workflows.NodeInput;
import dev.comfyrouter.workflows.NodeOutput;
import dev.comfyrouter.workflows.NodeType;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// What ComfyUI's own node classes do here: sizes, words and seeds flow as pictures would, and samplers take
/// their steps.
final class Simulation {

    /// The text of a conditioning or guider.
    record Wording(String text) {}

    /// How many steps a schedule has.
    record Sigmas(int steps) {}

    /// What a noise node was seeded with.
    record Seed(BigInteger value) {}

    /// A model, a VAE, or anything else that only has to exist.
    record Weights(String name) {}

    private static final Map<String, NodeBehaviour> BEHAVIOURS = new HashMap<>();

    static {
        BEHAVIOURS.putAll(PictureNodes.behaviours());
        BEHAVIOURS.putAll(OutputNodes.behaviours());
        BEHAVIOURS.put("CLIPTextEncode", call -> List.of(new Wording(call.text("text"))));
        BEHAVIOURS.put("CLIPTextEncodeSDXL", call -> List.of(new Wording(call.text("text_g"))));
        BEHAVIOURS.put("CLIPTextEncodeSDXLRefiner", call -> List.of(new Wording(call.text("text"))));
        BEHAVIOURS.put("CLIPTextEncodeFlux", call -> List.of(new Wording(call.text("t5xxl"))));
        BEHAVIOURS.put("BasicGuider", call -> List.of(wording(call, "conditioning")));
        BEHAVIOURS.put("CFGGuider", call -> List.of(wording(call, "positive")));
        BEHAVIOURS.put("RandomNoise", call -> List.of(new Seed(call.unsigned("noise_seed"))));
        BEHAVIOURS.put("DisableNoise", call -> List.of(new Seed(BigInteger.ZERO)));
        BEHAVIOURS.put("BasicScheduler", call -> List.of(new Sigmas(call.whole("steps"))));
        BEHAVIOURS.put("Flux2Scheduler", call -> List.of(new Sigmas(call.whole("steps"))));
        BEHAVIOURS.put("SplitSigmas", Simulation::splitSigmas);
        BEHAVIOURS.put(
                "KSampler",
                call -> sample(
                        call, call.whole("steps"), wording(call, "positive").text(), call.unsigned("seed")));
        BEHAVIOURS.put("KSamplerAdvanced", Simulation::sampleAdvanced);
        BEHAVIOURS.put(
                "SamplerCustom",
                call -> sample(call, sigmas(call), wording(call, "positive").text(), call.unsigned("noise_seed")));
        BEHAVIOURS.put("SamplerCustomAdvanced", Simulation::sampleCustom);
    }

    private Simulation() {}

    static boolean isSampler(String classType) {
        return (classType.startsWith("KSampler") && !classType.equals("KSamplerSelect"))
                || classType.startsWith("SamplerCustom");
    }

    static NodeBehaviour behaviour(String classType) {
        return Optional.ofNullable(BEHAVIOURS.get(classType)).orElse(Simulation::handOn);
    }

    /// Each output is the linked input of the same type, counted from the first; loaders make something new.
    private static List<Object> handOn(NodeCall call) {
        NodeType type = call.run().engine().classes().type(call.classType()).orElseThrow();
        checkModelFiles(call, type);
        List<Object> outputs = new ArrayList<>();
        Map<String, Integer> used = new HashMap<>();
        for (NodeOutput output : type.outputs()) {
            int skip = used.merge(output.type(), 1, Integer::sum) - 1;
            outputs.add(type.inputs().stream()
                    .filter(input -> input.type().typeName().equals(output.type()))
                    .map(NodeInput::name)
                    .flatMap(input -> call.linked(input).stream())
                    .skip(skip)
                    .findFirst()
                    .orElseGet(() -> made(call, output.type())));
        }
        return outputs;
    }

    private static Object made(NodeCall call, String type) {
        return switch (type) {
            case "IMAGE", "LATENT", "MASK" ->
                call.linkedValues().values().stream()
                        .filter(Picture.class::isInstance)
                        .findFirst()
                        .map(picture -> type.equals("LATENT") ? ((Picture) picture).inLatentSpace() : picture)
                        .orElseGet(() -> Picture.empty(64, 64, 1));
            case "CONDITIONING", "GUIDER" -> new Wording("");
            case "SIGMAS" -> new Sigmas(1);
            case "NOISE" -> new Seed(BigInteger.ZERO);
            default ->
                new Weights(call.run().engine().classes().type(call.classType()).orElseThrow().inputs().stream()
                        .filter(input -> input.type() instanceof InputType.ModelFile)
                        .findFirst()
                        .map(input -> call.text(input.name()))
                        .orElse(call.classType()));
        };
    }

    private static void checkModelFiles(NodeCall call, NodeType type) {
        for (NodeInput input : type.inputs()) {
            if (input.type() instanceof InputType.ModelFile file) {
                String name = call.text(input.name());
                String folder = file.folder().folder();
                if (!name.equals("pixel_space")
                        && call.has(input.name())
                        && !call.run().engine().models().isReadable(folder, name)) {
                    throw new NodeFailure(
                            "FileNotFoundError",
                            "Model in folder '" + folder + "' with filename '" + name + "' not found.");
                }
            }
        }
    }

    private static Wording wording(NodeCall call, String input) {
        return call.linked(input)
                .filter(Wording.class::isInstance)
                .map(Wording.class::cast)
                .orElse(new Wording(""));
    }

    private static int sigmas(NodeCall call) {
        return call.linked("sigmas")
                .filter(Sigmas.class::isInstance)
                .map(each -> ((Sigmas) each).steps())
                .orElse(1);
    }

    private static List<Object> splitSigmas(NodeCall call) {
        int all = sigmas(call);
        int first = Math.min(call.whole("step"), all);
        return List.of(new Sigmas(first), new Sigmas(all - first));
    }

    private static List<Object> sampleAdvanced(NodeCall call) throws InterruptedException {
        int end = Math.min(call.whole("end_at_step"), call.whole("steps"));
        int steps = Math.max(0, end - call.whole("start_at_step"));
        return sample(call, steps, wording(call, "positive").text(), call.unsigned("noise_seed"));
    }

    private static List<Object> sampleCustom(NodeCall call) throws InterruptedException {
        BigInteger seed = call.linked("noise")
                .filter(Seed.class::isInstance)
                .map(each -> ((Seed) each).value())
                .orElse(BigInteger.ZERO);
        return sample(call, sigmas(call), wording(call, "guider").text(), seed);
    }

    private static List<Object> sample(NodeCall call, int steps, String text, BigInteger seed)
            throws InterruptedException {
        Picture latent = PictureNodes.picture(call, "latent_image").sampled(text, seed);
        call.run().engine().pace().sample(call, latent, steps);
        List<Object> outputs = new ArrayList<>();
        for (int slot = 0; slot < call.run().engine().classes().outputSlots(call.classType()); slot++) {
            outputs.add(latent);
        }
        return outputs;
    }
}
