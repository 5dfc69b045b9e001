package dev.comfyrouter.workflows;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.comfyrouter.workflows.Workflow.Input;
import java.math.BigInteger;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class WorkflowTest {
    private static final String GRAPH = """
            {"9":{"class_type":"KSampler","inputs":{"model":["2",0],"seed":18446744073709551615,"steps":20,\
            "cfg":7.50,"denoise":1.0,"flag":true,"widget":{"a":[1,2]},"nothing":null},"_meta":{"title":"Sample"}},\
            "2":{"class_type":"UNETLoader","inputs":{"unet_name":"flux \\"dev\\".safetensors"}}}""";

    @Test
    void aGraphIsWrittenAsItWasReadWithItsOrderAndEveryDigit() {
        assertThat(Workflow.parse(GRAPH).toJson()).isEqualTo(GRAPH);
    }

    @Test
    void inputsHaveTheTypesOfTheirJson() {
        var node = Workflow.parse(GRAPH).node("9").orElseThrow();

        assertThat(node.title()).isEqualTo("Sample");
        assertThat(node.inputs())
                .containsEntry("model", new Input.Link("2", 0))
                .containsEntry("seed", new Input.Whole(new BigInteger("18446744073709551615")))
                .containsEntry("flag", new Input.Flag(true))
                .containsEntry("widget", new Input.Json("{\"a\":[1,2]}"))
                .containsEntry("nothing", new Input.Json("null"));
    }

    @Test
    void everyMistakeOfShapeIsNamedWithItsPlace() {
        var broken = """
                {"1":{"inputs":{}},"2":"text","3":{"class_type":"A"},"a/b":{"class_type":"A","inputs":{"x":[4,0],"y":["4"],"z~":["4",-1]}}}""";

        var refused = catchThrowableOfType(InvalidWorkflow.class, () -> Workflow.parse(broken));

        assertThat(refused.problems())
                .extracting(Problem::pointer)
                .containsExactly(
                        "/1/class_type", "/2", "/3/inputs", "/a~1b/inputs/x", "/a~1b/inputs/y", "/a~1b/inputs/z~0");
        assertThat(refused.problems().get(3).detail()).contains("[\"4\", 0]");
    }

    @Test
    void theFormatOfThePageIsRecognised() {
        assertThatThrownBy(() -> Workflow.parse("{\"nodes\":[],\"links\":[]}"))
                .isInstanceOf(InvalidWorkflow.class)
                .hasMessageContaining("Export (API)");
    }

    @Test
    void whatIsNoJsonIsRefusedWithThePlace() {
        assertThatThrownBy(() -> Workflow.parse("{\"1\":\n{]"))
                .isInstanceOf(InvalidWorkflow.class)
                .hasMessageContaining("line 2");
        assertThatThrownBy(() -> Workflow.parse("{\"1\":{},\"1\":{}}")).hasMessageContaining("Duplicate");
        assertThatThrownBy(() -> Workflow.parse("{} {}")).isInstanceOf(InvalidWorkflow.class);
        assertThatThrownBy(() -> Workflow.parse("")).isInstanceOf(InvalidWorkflow.class);
    }

    @Test
    void aCopyChangesOneInputOrOneClassAndLeavesTheOriginal() {
        var graph = Workflow.parse(GRAPH);

        var changed = graph.with("9", "seed", new Input.Whole(5))
                .withClass("2", "GgufLoader", Map.of("name", new Input.Text("x")));

        assertThat(changed.toJson())
                .contains("\"seed\":5,", "\"2\":{\"class_type\":\"GgufLoader\",\"inputs\":{\"name\":\"x\"}}");
        assertThat(graph.toJson()).isEqualTo(GRAPH);
        assertThat(changed).isNotEqualTo(graph);
        assertThatThrownBy(() -> graph.with("7", "seed", new Input.Whole(5))).hasMessageContaining("no node 7");
    }

    @Test
    void stepsOfEverySamplerAreRead() {
        var graph = Workflow.parse("""
                {"1":{"class_type":"KSampler","inputs":{"steps":20,"denoise":0.5}},
                 "2":{"class_type":"KSamplerAdvanced","inputs":{"steps":25,"start_at_step":20,"end_at_step":10000}},
                 "3":{"class_type":"BasicScheduler","inputs":{"steps":30}},
                 "4":{"class_type":"SplitSigmas","inputs":{"sigmas":["3",0],"step":12}},
                 "5":{"class_type":"SamplerCustomAdvanced","inputs":{"sigmas":["4",0]}},
                 "6":{"class_type":"SamplerCustom","inputs":{"sigmas":["4",1]}},
                 "7":{"class_type":"KSampler","inputs":{"steps":["8",0]}},
                 "8":{"class_type":"PrimitiveInt","inputs":{"value":9}},
                 "9":{"class_type":"SamplerCustom","inputs":{"sigmas":["9",0]}},
                 "10":{"class_type":"KSampler","inputs":{"steps":20,"denoise":0}}}""");

        assertThat(graph.samplingSteps()).isEqualTo(Map.of("1", 20, "2", 5, "5", 12, "6", 18, "7", 9, "10", 0));
    }

    @Test
    void twoNodesWithOneIdAreRefused() {
        var node = new Workflow.Node("1", "A", "", Map.of());

        assertThatThrownBy(() -> Workflow.of(List.of(node, node))).hasMessageContaining("two nodes have the id 1");
    }
}
