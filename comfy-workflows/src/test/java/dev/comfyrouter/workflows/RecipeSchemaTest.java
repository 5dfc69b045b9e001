package dev.comfyrouter.workflows;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RecipeSchemaTest {

    @ParameterizedTest
    @ValueSource(strings = {"SD15", "SDXL", "Flux"})
    void everyValidRequestSatisfiesTheSchema(String type) {
        var schema = Json.parse(Recipe.schema(type));
        for (int seed = 0; seed < 200; seed++) {
            var params = RandomRequest.of(type, new Random(seed));

            assertThat(violations(schema, Json.parse(params.toString()), ""))
                    .as(params.toString())
                    .isEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"SD15", "SDXL", "Flux"})
    void everyDefaultSatisfiesItsOwnSchemaAndEveryParameterIsDescribed(String type) {
        var properties = Json.parse(Recipe.schema(type)).path("properties");

        assertThat(properties.properties()).hasSizeGreaterThan(20).allSatisfy(property -> {
            var schema = property.getValue();
            assertThat(schema.path("description").asText()).isNotBlank();
            assertThat(schema.path("x-ui").path("group").asText()).isNotBlank();
            if (schema.has("default"))
                assertThat(violations(schema, schema.path("default"), "")).isEmpty();
        });
    }

    @Test
    void theSchemaSaysWhatTheTableSays() {
        var sdxl = Json.parse(Recipe.schema("SDXL", new SamplerLists(List.of("mine"), List.of("normal"))));
        var flux = Json.parse(Recipe.schema("Flux"));

        assertThat(sdxl.path("$schema").asText()).contains("2020-12");
        assertThat(sdxl.path("required").toString()).isEqualTo("[\"prompt\",\"checkpoint\"]");
        assertThat(sdxl.path("additionalProperties").booleanValue()).isFalse();
        assertThat(sdxl.at("/properties/sampler/enum").toString()).isEqualTo("[\"mine\"]");
        assertThat(sdxl.at("/properties/steps/default").intValue()).isEqualTo(25);
        assertThat(sdxl.at("/properties/checkpoint/x-ui/folder").asText()).isEqualTo("checkpoints");
        assertThat(sdxl.at("/properties/refiner/properties/switch_at/default").toString())
                .isEqualTo("0.8");
        assertThat(flux.at("/properties/width/multipleOf").intValue()).isEqualTo(16);
        assertThat(flux.path("properties").has("clip_skip")).isFalse();
        assertThat(flux.path("oneOf")).hasSize(2);
    }

    /// As much of JSON Schema as our schemas use.
    private static List<String> violations(JsonNode schema, JsonNode value, String at) {
        var found = new ArrayList<String>();
        if (schema.has("anyOf")) {
            for (var way : schema.path("anyOf")) if (violations(way, value, at).isEmpty()) return found;
            found.add(at + " fits none of the forms");
        }
        if (schema.has("oneOf")) {
            var fitting = 0;
            for (var way : schema.path("oneOf")) if (violations(way, value, at).isEmpty()) fitting++;
            if (fitting != 1) found.add(at + " fits " + fitting + " forms");
        }
        var isRight = switch (schema.path("type").asText()) {
            case "string" -> value.isTextual();
            case "integer" -> value.isIntegralNumber();
            case "number" -> value.isNumber();
            case "boolean" -> value.isBoolean();
            case "array" -> value.isArray();
            case "object" -> value.isObject();
            default -> true;
        };
        if (!isRight) return List.of(at + " is no " + schema.path("type").asText());
        if (schema.has("enum") && !contains(schema.path("enum"), value)) found.add(at + " is not listed");
        if (schema.has("const") && !schema.path("const").equals(value)) found.add(at + " is another");
        if (schema.has("pattern")
                && !value.asText().matches(schema.path("pattern").asText())) found.add(at + " has another form");
        if (schema.has("minimum")
                && value.decimalValue().compareTo(schema.path("minimum").decimalValue()) < 0)
            found.add(at + " is too small");
        if (schema.has("exclusiveMinimum")
                && value.decimalValue()
                                .compareTo(schema.path("exclusiveMinimum").decimalValue())
                        <= 0) found.add(at + " is too small");
        if (schema.has("maximum")
                && value.decimalValue().compareTo(schema.path("maximum").decimalValue()) > 0)
            found.add(at + " is too large");
        if (schema.has("multipleOf")
                && value.intValue() % schema.path("multipleOf").intValue() != 0) found.add(at + " is no multiple");
        if (schema.has("maxLength")
                && value.asText().length() > schema.path("maxLength").intValue()) found.add(at + " is too long");
        if (schema.has("maxItems") && value.size() > schema.path("maxItems").intValue())
            found.add(at + " has too many");
        if (value.size() < schema.path("minItems").asInt(0)) found.add(at + " has too few");
        for (var name : schema.path("required"))
            if (!value.has(name.asText())) found.add(at + "/" + name.asText() + " is missing");
        schema.path("dependentRequired").properties().forEach(rule -> {
            if (value.has(rule.getKey()))
                for (var other : rule.getValue())
                    if (!value.has(other.asText())) found.add(at + "/" + other.asText() + " is missing");
        });
        if (value.isObject() && schema.has("properties"))
            value.properties().forEach(member -> {
                var known = schema.path("properties").path(member.getKey());
                if (!known.isMissingNode())
                    found.addAll(violations(known, member.getValue(), at + "/" + member.getKey()));
                else if (schema.has("additionalProperties")) found.add(at + "/" + member.getKey() + " is unknown");
            });
        if (value.isArray())
            for (int index = 0; index < value.size(); index++)
                found.addAll(violations(schema.path("items"), value.get(index), at + "/" + index));
        return found;
    }

    private static boolean contains(JsonNode list, JsonNode value) {
        for (var each : list) if (each.equals(value)) return true;
        return false;
    }
}
