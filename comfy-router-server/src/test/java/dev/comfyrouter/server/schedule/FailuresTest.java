package dev.comfyrouter.server.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import dev.comfyrouter.client.NodeError;
import dev.comfyrouter.server.task.Failure;
import dev.comfyrouter.server.task.FailureClass;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class FailuresTest {
    private static NodeError mistake(String node, String classType, String input) {
        return new NodeError(
                node,
                classType,
                "value_not_in_list",
                "Value not in list",
                "",
                Optional.of(input),
                Optional.of("x"),
                List.of("a", "b"),
                List.of());
    }

    @Test
    void aGraphThatRunsInPartNamesEveryMistakeAndTheFirstNode() {
        Failure failure = Failures.partly(
                List.of(mistake("4", "KSampler", "sampler_name"), mistake("9", "VAELoader", "vae_name")));

        assertThat(failure)
                .isEqualTo(new Failure(
                        FailureClass.REQUEST,
                        "only a part of the graph can run: "
                                + "node 4 (KSampler), input sampler_name: Value not in list; given x; allowed a, b; "
                                + "node 9 (VAELoader), input vae_name: Value not in list; given x; allowed a, b",
                        Optional.of("4 KSampler"),
                        Optional.empty()));
    }
}
