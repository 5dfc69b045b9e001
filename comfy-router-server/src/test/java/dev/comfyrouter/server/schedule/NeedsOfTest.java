package dev.comfyrouter.server.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.comfyrouter.server.download.PresentFiles;
import dev.comfyrouter.server.download.RemoteFiles;
import dev.comfyrouter.server.task.Plan;
import dev.comfyrouter.workflows.ModelFolder;
import dev.comfyrouter.workflows.ModelRef;
import dev.comfyrouter.workflows.SamplerLists;
import java.net.URI;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class NeedsOfTest {
    private static final String URL = "https://models.example/a.ckpt";

    private final NeedsOf needsOf = new NeedsOf();

    private static Plan plan(String prompt, String checkpoint) {
        return Plan.parse("SD15", """
                {"prompt":"%s","checkpoint":"%s"}""".formatted(prompt, checkpoint), SamplerLists.core());
    }

    private static PresentFiles linked(boolean pickle) {
        var model = new RemoteFiles.Model(ModelFolder.CHECKPOINTS, new ModelRef.Remote(URI.create(URL)));
        var link = new PresentFiles.Link(ModelFolder.CHECKPOINTS, "comfy-router/ab.ckpt", 5, pickle);
        return new PresentFiles(List.of("ab"), Map.of(model, link), Map.of());
    }

    @Test
    void aNamedModelIsTheNodesOwnAndTheClassesAreThoseOfTheGraph() {
        Needs needs = needsOf.plan(plan("a cat", "sd/v1-5.safetensors"), PresentFiles.NONE);

        assertThat(needs.models()).containsExactly(new Needs.Model(ModelFolder.CHECKPOINTS, "sd/v1-5.safetensors"));
        assertThat(needs.linked()).isEmpty();
        assertThat(needs.pickles()).isEmpty();
        assertThat(needs.classes()).contains("CheckpointLoaderSimple", "KSampler", "PreviewImage");
    }

    @Test
    void aModelByUrlIsALinkThatItsNodeMustSee() {
        Needs needs = needsOf.plan(plan("a cat", URL), linked(false));

        assertThat(needs.models()).isEmpty();
        assertThat(needs.linked()).containsExactly(new Needs.Model(ModelFolder.CHECKPOINTS, "comfy-router/ab.ckpt"));
        assertThat(needs.pickles()).isEmpty();
    }

    @Test
    void aModelThatCanRunCodeIsMarked() {
        Needs needs = needsOf.plan(plan("a cat", URL), linked(true));

        assertThat(needs.pickles()).isEqualTo(needs.linked()).hasSize(1);
    }

    @Test
    void aModelByUrlThatIsNotHereIsAMistakeOfTheRouter() {
        assertThatThrownBy(() -> needsOf.plan(plan("a cat", URL), PresentFiles.NONE))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("was not fetched");
    }

    @Test
    void tasksThatDifferInTheirWordsAloneShareOneObject() {
        Needs cat = needsOf.plan(plan("a cat", "a.safetensors"), PresentFiles.NONE);

        assertThat(needsOf.plan(plan("a dog", "a.safetensors"), PresentFiles.NONE))
                .isSameAs(cat);
        assertThat(needsOf.plan(plan("a cat", "b.safetensors"), PresentFiles.NONE))
                .isNotEqualTo(cat);
    }
}
