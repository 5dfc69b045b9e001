package dev.comfyrouter.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/// Every recorded conversation with a real server, sent to the fake: statuses, content types, JSON, and the
/// order of events are the same.
class ReplayTest {

    // Not replayed, and why.
    private static final Map<String, String> EXCLUDED = Map.of(
            "0.3.64/06-flux",
            "the real server fails because its Flux has a fixed width; the fake has no weights to misfit",
            "17-symlinks",
            "the files were put into the node's directories beside the protocol; ModelsTest has a real models directory",
            "26-expand",
            "nodes that expand into sub-graphs come from custom nodes only; the fake has none");

    // Routes of the page that ComfyUI serves itself, which no client of a node needs.
    private static final List<String> NO_ROUTES = List.of(
            "/settings",
            "/userdata",
            "/v2/userdata",
            "/internal",
            "/workflow_templates",
            "/global_subgraphs",
            "/node_replacements",
            "/view_metadata",
            "/models/configs",
            // Written by nodes of ComfyUI that the fake does not have.
            "/view?filename=rec27_0000",
            "/api/api/");

    @TestFactory
    Stream<DynamicTest> recordedConversations() throws IOException {
        Path directory = Recording.directory();
        return Stream.of("0.3.64", "0.33.0")
                .flatMap(version -> files(directory.resolve(version)))
                .map(file -> DynamicTest.dynamicTest(
                        directory.relativize(file).toString(), () -> replay(Recording.read(file))));
    }

    private static Stream<Path> files(Path directory) {
        try (Stream<Path> files = Files.list(directory)) {
            return files.filter(file -> file.toString().endsWith(".jsonl")).sorted().toList().stream();
        } catch (IOException unreadable) {
            throw new java.io.UncheckedIOException(unreadable);
        }
    }

    private static void replay(Recording recording) throws IOException, InterruptedException {
        String reason = EXCLUDED.getOrDefault(
                recording.scenario(), EXCLUDED.getOrDefault(recording.version() + "/" + recording.scenario(), ""));
        Assumptions.assumeTrue(reason.isEmpty(), reason);
        AtomicReference<RecordedPace> pace = new AtomicReference<>();
        FakeComfyServer server = server(recording, pace);
        pace.set(new RecordedPace(recording, server.changes()));
        try (Replay replay = new Replay(recording, server, pace.get(), ReplayTest::isNoRoute)) {
            assertThat(replay.run()).isEmpty();
        }
    }

    private static boolean isNoRoute(String path) {
        return path.equals("/") || NO_ROUTES.stream().anyMatch(path::startsWith);
    }

    private static FakeComfyServer server(Recording recording, AtomicReference<RecordedPace> pace) {
        FakeComfyBuilder builder = FakeComfyServer.builder()
                .version(recording.version())
                .previewMethod("latent2rgb")
                .noModels()
                .models("checkpoints", checkpoints(recording))
                .models("loras", "tiny_lora.safetensors")
                .models("vae", "tiny_vae_flux.safetensors", "tiny_vae_sd.safetensors", "tiny_vae_sdxl.safetensors")
                .models("text_encoders", "tiny_clip_l.safetensors", "tiny_t5xxl.safetensors")
                .models("diffusion_models", "tiny_flux.safetensors")
                .models("controlnet", "tiny_cn.safetensors")
                .models("upscale_models", "tiny_up.safetensors")
                .script(new Script() {
                    @Override
                    public void beforeNode(NodeCall call) {
                        pace.get().beforeNode(call);
                    }

                    @Override
                    public void beforeTick(NodeCall call, int step) throws InterruptedException {
                        pace.get().beforeTick(call, step);
                    }

                    @Override
                    public long nanoTime() {
                        return pace.get().nanoTime();
                    }
                });
        return RecNodes.addTo(builder, pace::get).start();
    }

    private static String[] checkpoints(Recording recording) {
        return recording.scenario().equals("08-execution-error")
                ? new String[] {
                    "broken_link.safetensors", "damaged.safetensors", "tiny_sd15.safetensors", "tiny_sdxl.safetensors"
                }
                : new String[] {"tiny_sd15.safetensors", "tiny_sdxl.safetensors"};
    }
}
