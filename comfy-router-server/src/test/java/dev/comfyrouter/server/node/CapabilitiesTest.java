package dev.comfyrouter.server.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.comfyrouter.workflows.ModelFolder;
import dev.comfyrouter.workflows.NodeCatalog;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class CapabilitiesTest {
    /// The answer of a server with these node classes; each is `name=input:[options]` and has that one input.
    private static NodeCatalog catalog(String... classes) throws Exception {
        StringBuilder json = new StringBuilder("{");
        for (String each : classes) {
            String name = each.substring(0, each.indexOf('='));
            String input = each.substring(each.indexOf('=') + 1, each.indexOf(':'));
            String options = each.substring(each.indexOf(':') + 1);
            json.append(json.length() > 1 ? "," : "").append("""
                    "%s":{"input":{"required":{"%s":[%s,{}]}},"output":[],"output_name":[],"name":"%s","category":"x"}
                    """.formatted(name, input, options, name));
        }
        return NodeCatalog.parse(
                new ByteArrayInputStream(json.append("}").toString().getBytes(StandardCharsets.UTF_8)));
    }

    private static Capabilities of(String... classes) throws Exception {
        return Capabilities.of(catalog(classes));
    }

    @Test
    void classesAndTheNamesOfModelFilesAreKept() throws Exception {
        Capabilities can = of("CheckpointLoaderSimple=ckpt_name:[\"a.safetensors\",\"b/c.safetensors\"]", "Own=x:[1]");

        assertThat(can.classes()).containsExactlyInAnyOrder("CheckpointLoaderSimple", "Own");
        assertThat(names(can, ModelFolder.CHECKPOINTS)).containsExactlyInAnyOrder("a.safetensors", "b/c.safetensors");
    }

    @Test
    void nodesThatHaveTheSameShareTheObject() throws Exception {
        Capabilities one = of("VAELoader=vae_name:[\"a\"]");

        assertThat(of("VAELoader=vae_name:[\"a\"]")).isSameAs(one);
        assertThat(of("VAELoader=vae_name:[\"b\"]")).isNotSameAs(one);
        assertThat(one.refreshed(Set.of("VAELoader"), catalog("VAELoader=vae_name:[\"a\"]")))
                .isSameAs(one);
    }

    @Test
    void namesAreFoundWhateverTheSeparatorAndGivenInTheNodesSpelling() throws Exception {
        Capabilities windows = of("LoraLoader=lora_name:[\"style\\\\ink.safetensors\"]");

        assertThat(windows.spelling(ModelFolder.LORAS, "style/ink.safetensors")).hasValue("style\\ink.safetensors");
        assertThat(windows.spelling(ModelFolder.LORAS, "style\\ink.safetensors"))
                .hasValue("style\\ink.safetensors");
        assertThat(windows.spelling(ModelFolder.LORAS, "ink.safetensors")).isEmpty();
        assertThat(windows.spelling(ModelFolder.VAE, "style/ink.safetensors")).isEmpty();
    }

    @Test
    void aLoaderWithoutAnyFileSaysThatTheFolderIsEmpty() throws Exception {
        Capabilities can = of("VAELoader=vae_name:[]");

        assertThat(can.models()).containsEntry(ModelFolder.VAE, Map.of());
    }

    @Test
    void samplersAndSchedulersAreThoseOfTheSampler() throws Exception {
        Capabilities can = of("KSampler=sampler_name:[\"euler\",\"mine\"]");

        assertThat(can.samplers()).containsExactlyInAnyOrder("euler", "mine");
        assertThat(can.schedulers()).isEmpty();
    }

    @Test
    void aFreshLookReplacesWhatItWasAskedForAndNothingElse() throws Exception {
        Capabilities before = of(
                "CheckpointLoaderSimple=ckpt_name:[\"old\"]",
                "LoraLoader=lora_name:[\"ink\"]",
                "Gone=x:[1]",
                "KSampler=sampler_name:[\"euler\"]");

        Capabilities after = before.refreshed(
                Set.of("CheckpointLoaderSimple", "Gone", "New"),
                catalog("CheckpointLoaderSimple=ckpt_name:[\"new\"]", "New=x:[1]"));

        assertThat(after.classes())
                .containsExactlyInAnyOrder("CheckpointLoaderSimple", "LoraLoader", "KSampler", "New");
        assertThat(after.models().get(ModelFolder.CHECKPOINTS)).containsOnlyKeys("new");
        assertThat(after.models().get(ModelFolder.LORAS)).containsOnlyKeys("ink");
        assertThat(after.samplers()).containsExactly("euler");
    }

    @Test
    void equalNamesOfManyNodesAreOneText() throws Exception {
        Capabilities one = of("LoraLoader=lora_name:[\"ink\"]");
        Capabilities other = of("LoraLoader=lora_name:[\"ink\"]");

        String name = names(one, ModelFolder.LORAS).iterator().next();
        assertThat(names(other, ModelFolder.LORAS).iterator().next()).isSameAs(name);
        assertThat(other.classes().iterator().next())
                .isSameAs(one.classes().iterator().next());
    }

    private static Set<String> names(Capabilities can, ModelFolder folder) {
        return can.models().getOrDefault(folder, Map.of()).keySet();
    }
}
