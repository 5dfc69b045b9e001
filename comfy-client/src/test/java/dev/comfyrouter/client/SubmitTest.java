package dev.comfyrouter.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.comfyrouter.client.ComfyException.Missing;
import dev.comfyrouter.workflows.Workflow;
import java.math.BigInteger;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class SubmitTest {
    private static final PromptId PROMPT = PromptId.of("11111111-2222-4333-8444-555555555555");

    private static String accepted(String nodeErrors) {
        return "{\"prompt_id\":\"" + PROMPT + "\",\"number\":7,\"node_errors\":" + nodeErrors + "}";
    }

    @Test
    void theRequestCarriesOurIdsThePreviewMethodAndATitleForEveryNode() throws Exception {
        try (var server = RawServer.answering(accepted("{}"));
                var client = server.client()) {
            Submitted submitted = client.submit(Graphs.submission(PROMPT));
            assertThat(submitted.number()).isEqualTo(7);
            assertThat(submitted.nodeErrors()).isEmpty();
            var request = server.take();
            assertThat(request.method() + " " + request.target()).isEqualTo("POST /prompt");
            assertThat(request.body())
                    .contains("\"prompt_id\":\"" + PROMPT + "\"")
                    .contains("\"client_id\":\"client-1\"")
                    .contains("\"extra_data\":{\"preview_method\":\"auto\"}")
                    .contains("\"_meta\":{\"title\":\"Grau\"}")
                    .contains("\"_meta\":{\"title\":\"PreviewImage\"}");
        }
    }

    @Test
    void theLargestSeedIsSentDigitByDigit() throws Exception {
        var seed = BigInteger.TWO.pow(64).subtract(BigInteger.ONE);
        var node = new Workflow.Node("1", "KSampler", "", Map.of("seed", new Workflow.Input.Whole(seed)));
        try (var server = RawServer.answering(accepted("{}"));
                var client = server.client()) {
            var unused = client.submit(new Submission(Workflow.of(List.of(node)), PROMPT, "c", Optional.empty()));
            assertThat(server.take().body())
                    .contains("\"seed\":18446744073709551615")
                    .doesNotContain("extra_data");
        }
    }

    @Test
    void mistakesInAPartOfTheGraphAreReturnedBecauseTheRestRuns() throws Exception {
        try (var server = RawServer.answering(accepted("""
                        {"9":{"class_type":"SaveImage","dependent_outputs":["9"],"errors":[{"type":"required_input_missing",
                         "message":"Required input is missing","details":"images","extra_info":{"input_name":"images"}}]}}"""));
                var client = server.client()) {
            assertThat(client.submit(Graphs.submission(PROMPT)).nodeErrors())
                    .singleElement()
                    .hasToString("node 9 (SaveImage), input images: Required input is missing");
        }
    }

    @Test
    void anAnswerWithAnotherPromptIdIsAProtocolErrorWithUnknownOutcome() {
        try (var server = RawServer.answering("{\"prompt_id\":\"c0ffee\",\"number\":1,\"node_errors\":{}}");
                var client = server.client()) {
            var error =
                    catchThrowableOfType(ComfyException.Protocol.class, () -> client.submit(Graphs.submission(PROMPT)));
            assertThat(error).hasMessageContaining("c0ffee").hasMessageContaining("0.3.45");
            assertThat(error.outcomeUnknown()).isTrue();
        }
    }

    private static ComfyException refused(String body) {
        try (var server = RawServer.answering(400, "application/json", body);
                var client = server.client()) {
            return catchThrowableOfType(ComfyException.class, () -> client.submit(Graphs.submission(PROMPT)));
        }
    }

    private static String failed(String nodeErrors) {
        return """
                {"error":{"type":"prompt_outputs_failed_validation","message":"Prompt outputs failed validation",
                 "details":"","extra_info":{}},"node_errors":%s}""".formatted(nodeErrors);
    }

    @Test
    void aWrongValueIsRejectedWithWhatWasGivenAndWhatIsAllowed() {
        var rejected = (ComfyException.Rejected) refused(failed("""
                {"3":{"class_type":"KSampler","dependent_outputs":["9"],"errors":[
                  {"type":"value_bigger_than_max","message":"Value 1000.0 bigger than max of 100.0","details":"cfg",
                   "extra_info":{"input_name":"cfg","input_config":["FLOAT",{"min":0.0,"max":100.0}],"received_value":1000.0}},
                  {"type":"value_not_in_list","message":"Value not in list","details":"scheduler: 'nope' not in ['a', 'b']",
                   "extra_info":{"input_name":"scheduler","input_config":["COMBO",{"options":["a","b"]}],"received_value":"nope"}},
                  {"type":"bad_linked_input","message":"Bad link","details":"model",
                   "extra_info":{"input_name":"model","input_config":["MODEL",{}],"received_value":["4",0,0]}}]}}"""));
        assertThat(rejected.type()).isEqualTo("prompt_outputs_failed_validation");
        assertThat(rejected.nodeErrors())
                .extracting(NodeError::toString)
                .containsExactly(
                        "node 3 (KSampler), input cfg: Value 1000.0 bigger than max of 100.0; given 1000.0; allowed 0.0 to 100.0",
                        "node 3 (KSampler), input scheduler: Value not in list (scheduler: 'nope' not in ['a', 'b']); given nope;"
                                + " allowed a, b",
                        "node 3 (KSampler), input model: Bad link; given [\"4\",0,0]; allowed MODEL");
        assertThat(rejected.nodeErrors().getFirst().dependentOutputs()).containsExactly("9");
        assertThat(rejected).hasMessageContaining("input cfg").hasMessageContaining("input scheduler");
        assertThat(rejected.outcomeUnknown()).isFalse();
    }

    private static final String MISSING_MODEL = """
            {"type":"value_not_in_list","message":"Value not in list","details":"x",
             "extra_info":{"input_name":"%s","input_config":null,"received_value":"%s"}}""";

    private static String node(String id, String classType, String... errors) {
        return "\"%s\":{\"class_type\":\"%s\",\"dependent_outputs\":[\"9\"],\"errors\":[%s]}"
                .formatted(id, classType, String.join(",", errors));
    }

    @Test
    void modelsAndInputFilesThatTheServerLacksAreMissingThereAndNotWrong() {
        var missing = (ComfyException.MissingOnNode) refused(failed("{"
                + node("4", "CheckpointLoaderSimple", MISSING_MODEL.formatted("ckpt_name", "sub/a.safetensors")) + ","
                + node("5", "VAELoader", MISSING_MODEL.formatted("vae_name", "taesd")) + ","
                + node("6", "UpscaleModelLoader", MISSING_MODEL.formatted("model_name", "4x")) + ","
                + node("7", "SomeoneElsesLoader", MISSING_MODEL.formatted("thing", "b.GGUF")) + ","
                + node("8", "LoadImage", """
                        {"type":"custom_validation_failed","message":"Custom validation failed for node",
                         "details":"image - Invalid image file: nope - 1.png","extra_info":{"input_name":"image"}}""")
                + "}"));
        assertThat(missing.missing())
                .containsExactly(
                        new Missing(Missing.Kind.MODEL, "sub/a.safetensors", "4"),
                        new Missing(Missing.Kind.MODEL, "taesd", "5"),
                        new Missing(Missing.Kind.MODEL, "4x", "6"),
                        new Missing(Missing.Kind.MODEL, "b.GGUF", "7"),
                        new Missing(Missing.Kind.INPUT_FILE, "nope - 1.png", "8"));
        assertThat(missing).hasMessageContaining("lacks model sub/a.safetensors, model taesd");
    }

    @Test
    void aMissingModelBesideAMistakeOfTheGraphIsRejected() {
        assertThat(refused(failed("{"
                        + node("4", "CheckpointLoaderSimple", MISSING_MODEL.formatted("ckpt_name", "a.safetensors"))
                        + ","
                        + node("3", "KSampler", MISSING_MODEL.formatted("sampler_name", "nope")) + "}")))
                .isInstanceOf(ComfyException.Rejected.class);
    }

    @Test
    void anUnknownNodeClassIsMissingInBothSpellings() {
        String old = """
                {"error":{"type":"invalid_prompt","message":"Cannot execute because node My Node does not exist.",
                 "details":"Node ID '#5'","extra_info":{}},"node_errors":{}}""";
        String recent = """
                {"error":{"type":"missing_node_type","message":"Node 'title' not found.","details":"Node ID '#5'",
                 "extra_info":{"node_id":"5","class_type":"My Node","node_title":"title"}},"node_errors":{}}""";
        for (String body : List.of(old, recent)) {
            assertThat(((ComfyException.MissingOnNode) refused(body)).missing())
                    .containsExactly(new Missing(Missing.Kind.NODE_CLASS, "My Node", "5"));
        }
    }

    @Test
    void aNodeWithoutAnyClassIsRejectedInBothSpellings() {
        String old = """
                {"error":{"type":"invalid_prompt","message":"Cannot execute because a node is missing the class_type property.",
                 "details":"Node ID '#5'","extra_info":{}},"node_errors":{}}""";
        String recent = """
                {"error":{"type":"missing_node_type","message":"Node 'ID #5' has no class_type.","details":"Node ID '#5'",
                 "extra_info":{"node_id":"5","class_type":null,"node_title":null}},"node_errors":{}}""";
        for (String body : List.of(old, recent)) {
            assertThat(refused(body))
                    .isInstanceOf(ComfyException.Rejected.class)
                    .hasMessageContaining("'#5'");
        }
    }

    @Test
    void aBadRequestFromSomethingElseKeepsItsText() {
        assertThat(refused("<html>Request   header\n too large</html>"))
                .isInstanceOf(ComfyException.Rejected.class)
                .hasMessageContaining("<html>Request header too large</html>");
    }

    @Test
    void idsAndClientsThatServersRefuseAreRefusedBefore() {
        assertThatThrownBy(() -> Graphs.submission(new PromptId("None")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("None");
        assertThatThrownBy(() -> new Submission(Graphs.small(), PROMPT, " ", Optional.empty()))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
