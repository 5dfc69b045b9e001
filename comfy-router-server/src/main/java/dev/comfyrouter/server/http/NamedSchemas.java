package dev.comfyrouter.server.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// Schemas of the OpenAPI document in the form that generators of clients can read: every object and every choice
/// has a name of its own, because from nested ones some make classes that do not compile or do not work.
final class NamedSchemas {
    private static final String COMPONENTS = "#/components/schemas/";

    /// What the words that tell the forms of models and pictures apart are called as parts of a name.
    private static final Map<String, String> FORMS =
            Map.of("build_in", "OnNode", "custom", "ByUrl", "url", "ByUrl", "base64", "Inline");

    private final ObjectNode schemas;

    /// @param schemas the components of the document, to which names are added
    NamedSchemas(ObjectNode schemas) {
        this.schemas = schemas;
    }

    /// Adds the parameters of a type of workflow. What makes no class is left out: rules between members,
    /// and that nothing else may stand there, from which some generators conclude that anything may.
    void addParams(String type, JsonNode schema) {
        ObjectNode plain = ((ObjectNode) schema).without(List.of("$schema", "oneOf"));
        plain.findParents("additionalProperties").forEach(each -> ((ObjectNode) each).remove("additionalProperties"));
        nameChoices(plain);
        nameObjects(plain, "", type);
        schemas.set(type + "Params", plain);
    }

    /// Names what the document itself has nested.
    void nameAll(JsonNode paths) {
        for (Map.Entry<String, JsonNode> component :
                List.copyOf(schemas.deepCopy().properties())) {
            nameObjects(schemas.path(component.getKey()), component.getKey(), "");
        }
        for (JsonNode operation : paths.findParents("operationId")) {
            String name = capital(operation.path("operationId").asText());
            nameContent(operation.path("requestBody"), name + "Request");
            operation.path("responses").forEach(response -> nameContent(response, name + "Answer"));
        }
        tellLongs(schemas);
    }

    /// A generator takes an integer for one of 32 bits unless it is told otherwise, and bytes have more.
    private static void tellLongs(JsonNode node) {
        node.forEach(NamedSchemas::tellLongs);
        boolean integer = node.path("type").asText().equals("integer")
                || node.path("type").path(0).asText().equals("integer");
        if (integer
                && node instanceof ObjectNode schema
                && schema.path("maximum").asDouble(Double.MAX_VALUE) > Integer.MAX_VALUE) {
            schema.put("format", "int64");
        }
    }

    private void nameContent(JsonNode holder, String name) {
        holder.path("content").forEach(content -> {
            JsonNode schema = content.path("schema");
            nameObjects(schema, name, "");
            if (isObject(schema)) {
                ((ObjectNode) content).set("schema", reference(name, schema, ""));
            }
        });
    }

    /// The objects below a schema; the schema itself stays where it is.
    private void nameObjects(JsonNode schema, String name, String apart) {
        if (schema.path("properties") instanceof ObjectNode properties) {
            for (Map.Entry<String, JsonNode> property :
                    List.copyOf(properties.deepCopy().properties())) {
                JsonNode inner = properties.path(property.getKey());
                String own = name + capital(property.getKey());
                nameObjects(inner, own, apart);
                if (isObject(inner)) {
                    properties.set(property.getKey(), reference(own, inner, apart));
                }
            }
        }
        if (schema.path("items") instanceof ObjectNode items) {
            nameObjects(items, name, apart);
            if (isObject(items)) {
                ((ObjectNode) schema).set("items", reference(name, items, apart));
            }
        }
    }

    private static boolean isObject(JsonNode schema) {
        return schema.path("type").asText().equals("object") && schema.has("properties");
    }

    /// @param apart goes before the name where another schema has it already
    private JsonNode reference(String wanted, JsonNode schema, String apart) {
        ObjectNode named = schema.deepCopy();
        ObjectNode reference = Json.MAPPER.createObjectNode();
        for (String beside : List.of("description", "default", "x-ui")) { // these speak of the place
            if (named.has(beside)) {
                reference.set(beside, named.remove(beside));
            }
        }
        String name = schemas.has(wanted) && !schemas.path(wanted).equals(named) ? apart + wanted : wanted;
        schemas.set(name, named);
        return reference.put("$ref", COMPONENTS + name);
    }

    private void nameChoices(JsonNode node) {
        node.forEach(this::nameChoices);
        if (node instanceof ObjectNode schema && schema.path("anyOf") instanceof ArrayNode forms) {
            String name = nameOf(forms);
            ArrayNode named = Json.MAPPER.createArrayNode();
            for (JsonNode form : forms) {
                String word = form.path("properties").path("type").path("const").asText();
                ((ObjectNode) form).remove("description");
                if (word.isEmpty()) {
                    named.add(form);
                } else {
                    ((ObjectNode) form.path("properties").path("type")).put("type", "string");
                    String own = name + FORMS.getOrDefault(word, word);
                    schemas.set(own, form);
                    named.addObject().put("$ref", COMPONENTS + own);
                }
            }
            schemas.set(name, Json.MAPPER.createObjectNode().set("anyOf", named));
            schema.remove("anyOf");
            schema.put("$ref", COMPONENTS + name);
        }
    }

    private static String nameOf(ArrayNode forms) {
        String text = forms.toString();
        if (text.contains("\"build_in\"")) {
            return "Model";
        }
        return text.contains("\"base64\"") ? "Picture" : "Seed";
    }

    private static String capital(String name) {
        return name.substring(0, 1).toUpperCase(Locale.ROOT) + name.substring(1);
    }
}
