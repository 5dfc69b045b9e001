package dev.comfyrouter.server.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import dev.comfyrouter.client.PromptId;
import dev.comfyrouter.workflows.Workflow;
import dev.comfyrouter.workflows.Workflow.Input;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OutputNamesTest {
    private static final PromptId PROMPT = PromptId.of("0123abcd-0000-4000-8000-000000000000");

    private static Workflow.Node first(String json) {
        return OutputNames.unique(Workflow.parse(json), PROMPT).node("1").orElseThrow();
    }

    @ParameterizedTest
    @CsvSource(textBlock = """
            cat,        cat_0123abcd
            cats/cat,   cats/cat_0123abcd
            cats/,      cats/0123abcd
            '',         0123abcd
            """)
    void eachPrefixGetsTheBeginningOfThePromptId(String prefix, String unique) {
        Workflow.Node node = first("""
                {"1":{"class_type":"SaveAudio","inputs":{"filename_prefix":"%s","quality":3}}}""".formatted(prefix));

        assertThat(node.inputs())
                .isEqualTo(Map.of("filename_prefix", new Input.Text(unique), "quality", new Input.Whole(3)));
    }

    @Test
    void aPrefixThatAnotherNodeGivesStays() {
        Workflow graph = Workflow.parse("""
                {"1":{"class_type":"SaveImage","inputs":{"filename_prefix":["2",0]}},
                 "2":{"class_type":"Words","inputs":{"text":"cat"}}}""");

        assertThat(OutputNames.unique(graph, PROMPT)).isEqualTo(graph);
    }

    @Test
    void picturesForTheEventStreamBecomePreviews() {
        Workflow.Node node = first("""
                {"1":{"class_type":"SaveImageWebsocket","inputs":{"images":["2",0],"more":1}},
                 "2":{"class_type":"VAEDecode","inputs":{}}}""");

        assertThat(node.classType()).isEqualTo("PreviewImage");
        assertThat(node.inputs()).isEqualTo(Map.of("images", new Input.Link("2", 0)));
    }

    @Test
    void everySaverOfAGraphIsChanged() {
        Workflow changed = OutputNames.unique(Workflow.parse("""
                {"1":{"class_type":"SaveImage","inputs":{"filename_prefix":"a"}},
                 "2":{"class_type":"SaveImage","inputs":{"filename_prefix":"b"}}}"""), PROMPT);

        assertThat(changed.nodes())
                .flatExtracting(node -> node.inputs().values())
                .containsExactly(new Input.Text("a_0123abcd"), new Input.Text("b_0123abcd"));
    }
}
