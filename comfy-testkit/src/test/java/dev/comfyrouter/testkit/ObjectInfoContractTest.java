package dev.comfyrouter.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What the fake says of its node classes is what a real server says of them.
class ObjectInfoContractTest {

    @ParameterizedTest
    @ValueSource(strings = {"0.3.64", "0.33.0"})
    void eachDeclaredClassIsDescribedAsTheRealServerDescribesIt(String version) throws Exception {
        JsonNode real = Json.read(
                Files.readAllBytes(Recording.directory().resolve(version).resolve("object_info.json")));
        try (FakeComfyServer server = FakeComfyServer.builder().version(version).start();
                TestClient client = new TestClient(server)) {
            JsonNode fake = client.json("/object_info");
            List<String> differences = new ArrayList<>();
            fake.properties().forEach(type -> {
                JsonNode recorded = real.path(type.getKey());
                if (recorded.isMissingNode()) {
                    // Preprocessors of another pack and the like are not part of the recorded install.
                    return;
                }
                Map<String, String> expected = contract(recorded);
                Map<String, String> actual = contract(type.getValue());
                if (!expected.equals(actual)) {
                    differences.add(type.getKey() + "\n  real " + expected + "\n  fake " + actual);
                }
            });

            assertThat(differences).isEmpty();
            assertThat(fake.size()).isGreaterThan(60);
            assertThat(client.json("/object_info/KSampler").path("KSampler")).isEqualTo(fake.path("KSampler"));
        }
    }

    /// Inputs with section, spelling and range, outputs, and whether it is an output node.
    private static Map<String, String> contract(JsonNode type) {
        Map<String, String> contract = new LinkedHashMap<>();
        for (String section : List.of("required", "optional")) {
            type.path("input")
                    .path(section)
                    .properties()
                    .forEach(input -> contract.put(section + " " + input.getKey(), config(input.getValue())));
        }
        contract.put("output", type.path("output").toString());
        contract.put("output_node", type.path("output_node").toString());
        contract.put("input_order", type.path("input_order").path("required").toString());
        return contract;
    }

    private static String config(JsonNode config) {
        // The lists of files differ; that they are lists, and in which spelling, must not.
        String kind = config.path(0).isArray() ? "[…]" : config.path(0).asText();
        ObjectNode range = Json.object();
        for (String limit : List.of("min", "max")) {
            JsonNode value = config.path(1).path(limit);
            if (value.isNumber()) {
                range.put(limit, value.decimalValue().stripTrailingZeros().toPlainString());
            }
        }
        return kind + range;
    }
}
