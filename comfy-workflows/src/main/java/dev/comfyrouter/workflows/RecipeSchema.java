package dev.comfyrouter.workflows;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

/// Writes the JSON Schema of a recipe's parameters from the table.
final class RecipeSchema {
    private RecipeSchema() {}

    static String of(RecipeType type, SamplerLists lists) {
        var schema = JsonNodeFactory.instance.objectNode();
        schema.put("$schema", "https://json-schema.org/draft/2020-12/schema");
        schema.put("title", type.publicName());
        schema.setAll(Table.SHAPE.schema(type, lists));
        schema.putObject("dependentRequired").putArray("input_mask").add("input_image");
        if (type == RecipeType.FLUX) models(schema);
        return Json.write(schema);
    }

    private static void models(ObjectNode schema) {
        var ways = schema.putArray("oneOf");
        ways.addObject().putArray("required").add("checkpoint");
        ways.addObject()
                .putArray("required")
                .add("unet")
                .add("t5xxl")
                .add("clip")
                .add("vae");
    }
}
