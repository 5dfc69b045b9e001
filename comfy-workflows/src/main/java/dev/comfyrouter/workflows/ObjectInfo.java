package dev.comfyrouter.workflows;

import com.fasterxml.jackson.databind.JsonNode;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Reads node classes from the JSON of `/object_info`.
final class ObjectInfo {
    /// Types that only another node can give; a plain value there passes ComfyUI's validation and fails
    /// when it runs.
    static final Set<String> SOCKETS = Set.of(
            "MODEL",
            "CLIP",
            "VAE",
            "CONDITIONING",
            "LATENT",
            "IMAGE",
            "MASK",
            "CONTROL_NET",
            "CLIP_VISION",
            "CLIP_VISION_OUTPUT",
            "STYLE_MODEL",
            "UPSCALE_MODEL",
            "SAMPLER",
            "SIGMAS",
            "NOISE",
            "GUIDER",
            "AUDIO",
            "VIDEO");

    private static final Map<String, Map<String, InputType>> FILES = files();

    private ObjectInfo() {}

    static List<NodeType> read(JsonNode objectInfo) {
        var types = new ArrayList<NodeType>();
        objectInfo.properties().forEach(entry -> {
            if (entry.getValue().path("input").isObject()) types.add(type(entry.getKey(), entry.getValue()));
        });
        return types;
    }

    private static NodeType type(String name, JsonNode node) {
        var inputs = new ArrayList<NodeInput>();
        inputs(name, node, "required", true, inputs);
        inputs(name, node, "optional", false, inputs);
        var outputs = new ArrayList<NodeOutput>();
        var names = node.path("output_name");
        for (int slot = 0; slot < node.path("output").size(); slot++) {
            var type = typeName(node.path("output").get(slot));
            outputs.add(new NodeOutput(type, names.path(slot).asText(type)));
        }
        return new NodeType(
                name,
                text(node.path("display_name")).orElse(name),
                node.path("category").asText(""),
                inputs,
                outputs,
                node.path("output_node").asBoolean(false));
    }

    private static void inputs(
            String className, JsonNode node, String group, boolean required, List<NodeInput> inputs) {
        var members = node.path("input").path(group);
        var order = new LinkedHashSet<String>();
        node.path("input_order").path(group).forEach(name -> order.add(name.asText()));
        members.fieldNames().forEachRemaining(order::add);
        for (var name : order)
            if (members.has(name)) inputs.add(new NodeInput(name, required, input(className, name, members.get(name))));
    }

    private static InputType input(String className, String name, JsonNode declared) {
        var type = declared.isArray() ? declared.path(0) : declared;
        var options = declared.path(1);
        var list = type.isArray() ? type : options.path("options");
        if (type.isArray() || type.asText().equals("COMBO")) return list(className, name, list, options);
        return switch (type.asText()) {
            case "STRING" ->
                new InputType.Text(
                        text(options.path("default")), options.path("multiline").asBoolean(false));
            case "INT" ->
                new InputType.Whole(
                        whole(options, "default"),
                        whole(options, "min"),
                        whole(options, "max"),
                        whole(options, "step"));
            case "FLOAT" ->
                new InputType.Decimal(
                        decimal(options, "default"),
                        decimal(options, "min"),
                        decimal(options, "max"),
                        decimal(options, "step"));
            case "BOOLEAN" ->
                new InputType.Flag(
                        options.path("default").isBoolean()
                                ? Optional.of(options.path("default").booleanValue())
                                : Optional.empty());
            default -> other(type.asText());
        };
    }

    private static InputType other(String type) {
        var isSocket = type.equals("*")
                || SOCKETS.contains(type)
                || List.of(type.split(",")).stream().allMatch(SOCKETS::contains);
        return isSocket ? new InputType.Wire(type) : new InputType.Other(type);
    }

    private static InputType list(String className, String name, JsonNode list, JsonNode options) {
        var names = new ArrayList<String>();
        list.forEach(option -> names.add(option.asText()));
        var known = FILES.getOrDefault(className, Map.of()).get(name);
        if (known instanceof InputType.ModelFile(var folder, var none))
            return new InputType.ModelFile(folder, Optional.of(names));
        if (known instanceof InputType.UserFile(var directory, var picture, var none))
            return new InputType.UserFile(directory, picture, names);
        if (options.path("image_upload").asBoolean(false))
            return new InputType.UserFile(options.path("image_folder").asText("input"), true, names);
        for (var upload : List.of("file_upload", "video_upload", "audio_upload"))
            if (options.path(upload).asBoolean(false)) return new InputType.UserFile("input", false, names);
        // The page asks a third party for these; the list in the answer is empty or stale.
        if (options.has("remote") || !list.isArray()) return new InputType.Other("COMBO");
        return new InputType.Choice(names, text(options.path("default")));
    }

    private static Map<String, Map<String, InputType>> files() {
        var files = new LinkedHashMap<String, Map<String, InputType>>();
        for (var type : NodeCatalog.core().types())
            for (var input : type.inputs())
                if (input.type() instanceof InputType.ModelFile || input.type() instanceof InputType.UserFile)
                    files.computeIfAbsent(type.name(), name -> new LinkedHashMap<>())
                            .put(input.name(), input.type());
        return files;
    }

    private static String typeName(JsonNode type) {
        return type.isArray() ? "COMBO" : type.asText();
    }

    private static Optional<String> text(JsonNode node) {
        return node.isTextual() ? Optional.of(node.textValue()) : Optional.empty();
    }

    private static Optional<BigInteger> whole(JsonNode options, String name) {
        return decimal(options, name).map(BigDecimal::toBigInteger);
    }

    private static Optional<BigDecimal> decimal(JsonNode options, String name) {
        var node = options.path(name);
        if (!node.isNumber()) return Optional.empty();
        if (node.isFloat() || node.isDouble())
            return Double.isFinite(node.doubleValue())
                    ? Optional.of(BigDecimal.valueOf(node.doubleValue()))
                    : Optional.empty();
        var value = node.decimalValue();
        return Math.abs((long) value.precision() - value.scale()) < 400 ? Optional.of(value) : Optional.empty();
    }
}
