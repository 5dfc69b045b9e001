package dev.comfyrouter.examples;

import dev.comfyrouter.client.ComfyClient;
import dev.comfyrouter.client.HistoryEntry;
import dev.comfyrouter.client.OutputFile;
import dev.comfyrouter.client.Run;
import dev.comfyrouter.workflows.Hires;
import dev.comfyrouter.workflows.InvalidWorkflow;
import dev.comfyrouter.workflows.Lora;
import dev.comfyrouter.workflows.ModelRef;
import dev.comfyrouter.workflows.Problem;
import dev.comfyrouter.workflows.Sdxl;
import dev.comfyrouter.workflows.Workflow;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeoutException;

/// One GPU with a typed recipe: SDXL with a LoRA and a second pass, without a graph drawn by hand.
///
/// You learn how a recipe is built, that it names every mistake at once, how it becomes a graph, and how the graph
/// is checked against what a server has before anything runs.
///
/// ```
/// examples/run TypedRecipe http://127.0.0.1:8188 sdxl-base.safetensors "a lighthouse in a storm" lighthouse.png
/// ```
public final class TypedRecipe {
    private static final Duration PATIENCE = Duration.ofMinutes(10);
    private static final long LARGEST_PICTURE = 256L << 20;

    private TypedRecipe() {}

    public static void main(String[] arguments) throws IOException, InterruptedException, TimeoutException {
        URI server = URI.create(arguments[0]);
        Path file = Path.of(arguments[3]);
        Sdxl recipe;
        try {
            recipe = Sdxl.builder(arguments[2], ModelRef.of(arguments[1]))
                    .negativePrompt("blurry, text")
                    .size(1024, 768)
                    .steps(24)
                    .lora(Lora.of("detail-lora.safetensors", 0.6))
                    .hires(Hires.of(1.5))
                    .build();
        } catch (InvalidWorkflow mistakes) {
            mistakes.problems().forEach(mistake -> System.out.println(mistake.pointer() + ": " + mistake.detail()));
            return;
        }
        Workflow workflow = recipe.workflow();
        try (ComfyClient comfy = ComfyClient.builder(server).build()) {
            List<Problem> lacks = comfy.objectInfo().check(workflow);
            if (!lacks.isEmpty()) {
                lacks.forEach(lack -> System.out.println(lack.pointer() + ": " + lack.detail()));
                return;
            }
            try (Run run = comfy.run(workflow)) {
                HistoryEntry ended = run.await(PATIENCE);
                OutputFile picture = ended.outputs().getFirst();
                try (OutputStream out = Files.newOutputStream(file)) {
                    comfy.view(picture, out, LARGEST_PICTURE);
                }
            }
        }
        System.out.println(file + ", to be made again with the seed " + recipe.seed());
    }
}
