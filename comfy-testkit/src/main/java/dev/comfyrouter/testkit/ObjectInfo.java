package dev.comfyrouter.testkit;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.comfyrouter.workflows.InputType;
import dev.comfyrouter.workflows.NodeInput;
import dev.comfyrouter.workflows.NodeOutput;
import dev.comfyrouter.workflows.NodeType;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Writes node classes as `/object_info` does, in both spellings of lists.
final class ObjectInfo {

    // Classes that ComfyUI declares with its newer schema, whose lists are written as ["COMBO", {"options":
    // […]}].
    private static final Set<String> NEW_STYLE = Set.of(
            "AlignYourStepsScheduler",
            "CLIPTextEncodeSD3",
            "FluxKontextMultiReferenceLatentMethod",
            "ImageBlend",
            "ImageQuantize",
            "ImageScaleToTotalPixels",
            "LoadImageOutput",
            "QuadrupleCLIPLoader",
            "TripleCLIPLoader",
            "UpscaleModelLoader");
    private static final Set<String> NEW_STYLE_SINCE_0_8 = Set.of(
            "BasicScheduler",
            "DualCFGGuider",
            "ImageScaleToMaxDimension",
            "ImageStitch",
            "ImageToMask",
            "KSamplerSelect",
            "MaskComposite",
            "ResizeAndPadImage",
            "SetUnionControlNetType");

    private final NodeClasses classes;
    private final Release release;

    ObjectInfo(NodeClasses classes, Release release) {
        this.classes = classes;
        this.release = release;
    }

    ObjectNode all() {
        ObjectNode all = Json.object();
        classes.all().forEach(type -> all.set(type.name(), describe(type)));
        return all;
    }

    ObjectNode one(String classType) {
        ObjectNode one = Json.object();
        classes.type(classType).ifPresent(type -> one.set(classType, describe(type)));
        return one;
    }

    private ObjectNode describe(NodeType type) {
        ObjectNode node = Json.object();
        ObjectNode input = node.putObject("input");
        ObjectNode order = node.putObject("input_order");
        List<NodeInput> required =
                type.inputs().stream().filter(NodeInput::required).toList();
        List<NodeInput> optional =
                type.inputs().stream().filter(each -> !each.required()).toList();
        put(type, "required", required, input, order);
        if (!optional.isEmpty()) {
            put(type, "optional", optional, input, order);
        }
        if (type.outputNode()
                && (type.name().startsWith("Save") || type.name().startsWith("Preview"))
                && !type.name().endsWith("Websocket")) {
            input.putObject("hidden").put("prompt", "PROMPT").put("extra_pnginfo", "EXTRA_PNGINFO");
            order.putArray("hidden").add("prompt").add("extra_pnginfo");
        }
        if (release.encodesCombosAnew()) {
            node.put("is_input_list", false);
        }
        ArrayNode outputs = node.putArray("output");
        ArrayNode areLists = node.putArray("output_is_list");
        ArrayNode names = node.putArray("output_name");
        for (NodeOutput output : type.outputs()) {
            outputs.add(output.type());
            areLists.add(false);
            names.add(output.name());
        }
        node.put("name", type.name())
                .put("display_name", type.displayName())
                .put("description", "")
                .put("python_module", type.name().endsWith("Websocket") ? "custom_nodes.websocket_image_save" : "nodes")
                .put("category", type.category())
                .put("output_node", type.outputNode());
        if (release.encodesCombosAnew()) {
            node.put("has_intermediate_output", false);
        }
        return node;
    }

    private void put(NodeType type, String section, List<NodeInput> inputs, ObjectNode input, ObjectNode order) {
        ObjectNode described = input.putObject(section);
        ArrayNode names = order.putArray(section);
        for (NodeInput each : inputs) {
            ArrayNode config = config(type, each);
            if (config.get(1).isEmpty()) {
                config.remove(1);
            }
            described.set(each.name(), config);
            names.add(each.name());
        }
    }

    /// The pair of type and options that errors quote as `input_config`.
    ArrayNode config(NodeType type, NodeInput input) {
        ArrayNode config = Json.array();
        ObjectNode options = Json.object();
        Optional<List<String>> list = classes.options(input.type());
        if (list.isEmpty()) {
            config.add(input.type().typeName());
        } else if (isNewStyle(type.name())) {
            config.add("COMBO");
            options.put("multiselect", false);
            options.set("options", Json.strings(list.get()));
        } else {
            config.add(Json.strings(list.get()));
        }
        switch (input.type()) {
            case InputType.Whole whole -> {
                whole.defaultValue().ifPresent(value -> options.put("default", value));
                whole.min().ifPresent(value -> options.put("min", value));
                whole.max().ifPresent(value -> options.put("max", value));
                whole.step().ifPresent(value -> options.put("step", value));
            }
            case InputType.Decimal decimal -> {
                decimal.defaultValue().ifPresent(value -> options.put("default", value));
                decimal.min().ifPresent(value -> options.put("min", value));
                decimal.max().ifPresent(value -> options.put("max", value));
                decimal.step().ifPresent(value -> options.put("step", value));
            }
            case InputType.Text text -> {
                text.defaultValue().ifPresent(value -> options.put("default", value));
                if (text.multiline()) {
                    options.put("multiline", true).put("dynamicPrompts", true);
                }
            }
            case InputType.Flag flag -> flag.defaultValue().ifPresent(value -> options.put("default", value));
            case InputType.Choice choice -> choice.defaultValue().ifPresent(value -> options.put("default", value));
            case InputType.UserFile file -> {
                if (file.picture()) {
                    options.put("image_upload", true);
                }
            }
            case InputType.ModelFile file -> {}
            case InputType.Wire wire -> {}
            case InputType.Other other -> {}
        }
        return config.add(options);
    }

    boolean isNewStyle(String classType) {
        return NEW_STYLE.contains(classType)
                || (release.encodesCombosAnew() && NEW_STYLE_SINCE_0_8.contains(classType));
    }
}
