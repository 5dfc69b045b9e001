package dev.comfyrouter.server.http;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLGenerator;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import dev.comfyrouter.workflows.Recipe;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/// The OpenAPI document: written by hand, except for the parameters of workflows, which come from the table that checks
/// requests, so that neither can drift.
final class OpenApi {
    private static final String RESOURCE = "dev/comfyrouter/server/http/openapi.yaml";
    private static final YAMLMapper YAML = new YAMLMapper(YAMLFactory.builder()
            .disable(YAMLGenerator.Feature.WRITE_DOC_START_MARKER)
            .build());

    private final ObjectNode document;

    OpenApi(String version) {
        try {
            document = (ObjectNode) YAML.readTree(Asset.read(RESOURCE)
                    .orElseThrow(() -> new IllegalStateException(RESOURCE + " is missing from the class path")));
        } catch (IOException broken) {
            throw new UncheckedIOException("the OpenAPI document is no YAML", broken);
        }
        ((ObjectNode) document.path("info")).put("version", version);
        ObjectNode schemas = (ObjectNode) document.path("components").path("schemas");
        var named = new NamedSchemas(schemas);
        for (String type : Recipe.types()) {
            named.addParams(type, Json.kept(Recipe.schema(type)));
        }
        schemas.set("GraphParams", TypeService.graphSchema());
        named.nameAll(document.path("paths"));
    }

    /// What a reference leads to; anything else is itself.
    JsonNode resolved(JsonNode node) {
        return node.has("$ref") ? document.at(node.path("$ref").asText().substring(1)) : node;
    }

    JsonNode document() {
        return document;
    }

    byte[] json() {
        return Json.bytes(document);
    }

    byte[] yaml() {
        try {
            return YAML.writeValueAsString(document).getBytes(StandardCharsets.UTF_8);
        } catch (JsonProcessingException broken) {
            throw new IllegalStateException("a tree that is no YAML", broken);
        }
    }
}
