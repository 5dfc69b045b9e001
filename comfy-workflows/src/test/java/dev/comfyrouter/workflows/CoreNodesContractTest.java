package dev.comfyrouter.workflows;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.math.BigDecimal;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CoreNodesContractTest {

    /// An optional file of the distribution; the recorded servers had it.
    private static final Set<String> MAY_BE_ABSENT = Set.of("SaveImageWebsocket");

    @ParameterizedTest
    @ValueSource(strings = {"0.3.64", "0.33.0"})
    void everyDeclaredClassIsWhatTheRecordedServerSays(String version) throws IOException {
        var recorded = Recordings.catalog(version);
        var declared = NodeCatalog.core(version);

        assertThat(declared.types()).allSatisfy(type -> {
            if (recorded.type(type.name()).isEmpty()) assertThat(MAY_BE_ABSENT).contains(type.name());
            else
                assertThat(comparable(type))
                        .isEqualTo(comparable(recorded.type(type.name()).orElseThrow()));
        });
        assertThat(declared.classes()).hasSizeGreaterThan(100);
    }

    @ParameterizedTest
    @ValueSource(strings = {"0.3.64", "0.33.0"})
    void theRecordedServersModelFilesAreSeenByFolder(String version) throws IOException {
        var recorded = Recordings.catalog(version);

        assertThat(recorded.models(ModelFolder.CHECKPOINTS))
                .containsExactly("tiny_sd15.safetensors", "tiny_sdxl.safetensors");
        assertThat(recorded.models(ModelFolder.UPSCALE_MODELS)).containsExactly("tiny_up.safetensors");
        assertThat(recorded.models(ModelFolder.CLIP_VISION)).isEmpty();
        assertThat(recorded.options("KSampler", "scheduler")).isEqualTo(CoreLists.SCHEDULERS);
    }

    /// Menus, display names and the server's own files are not what a graph depends on.
    private static NodeType comparable(NodeType type) {
        return new NodeType(
                type.name(),
                "",
                "",
                type.inputs().stream()
                        .map(input -> new NodeInput(input.name(), input.required(), comparable(input.type())))
                        .toList(),
                type.outputs(),
                type.outputNode());
    }

    private static InputType comparable(InputType type) {
        return switch (type) {
            case InputType.ModelFile(var folder, var names) -> new InputType.ModelFile(folder, Optional.empty());
            case InputType.UserFile(var directory, var picture, var names) ->
                new InputType.UserFile(directory, picture, List.of());
            case InputType.Decimal(var standard, var min, var max, var step) ->
                new InputType.Decimal(
                        standard.map(BigDecimal::stripTrailingZeros),
                        min.map(BigDecimal::stripTrailingZeros),
                        max.map(BigDecimal::stripTrailingZeros),
                        step.map(BigDecimal::stripTrailingZeros));
            case InputType.Choice choice -> choice;
            case InputType.Flag flag -> flag;
            case InputType.Other other -> other;
            case InputType.Text text -> text;
            case InputType.Whole whole -> whole;
            case InputType.Wire wire -> wire;
        };
    }
}
