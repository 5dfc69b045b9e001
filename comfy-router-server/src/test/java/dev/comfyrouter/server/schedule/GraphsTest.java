package dev.comfyrouter.server.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.comfyrouter.cache.CacheSettings;
import dev.comfyrouter.cache.FileCache;
import dev.comfyrouter.client.ComfyException;
import dev.comfyrouter.client.ExecutionError;
import dev.comfyrouter.client.HistoryEntry;
import dev.comfyrouter.client.Outcome;
import dev.comfyrouter.client.Outputs;
import dev.comfyrouter.client.PromptId;
import dev.comfyrouter.client.Submission;
import dev.comfyrouter.server.download.Downloads;
import dev.comfyrouter.server.download.InputFiles;
import dev.comfyrouter.server.node.Bench;
import dev.comfyrouter.server.node.Node;
import dev.comfyrouter.server.store.TaskStore;
import dev.comfyrouter.server.task.Assignment;
import dev.comfyrouter.server.task.Failure;
import dev.comfyrouter.server.task.FailureClass;
import dev.comfyrouter.server.task.LiveBoard;
import dev.comfyrouter.server.task.Plan;
import dev.comfyrouter.server.task.TaskRequest;
import dev.comfyrouter.server.time.Time;
import dev.comfyrouter.testkit.FakeComfyServer;
import dev.comfyrouter.workflows.ImageRef;
import dev.comfyrouter.workflows.ImageUse;
import dev.comfyrouter.workflows.SamplerLists;
import dev.comfyrouter.workflows.Workflow;
import dev.comfyrouter.workflows.Workflow.Input;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The graph that a node is sent, and what its refusal or its failure becomes.
class GraphsTest {
    private static final Instant NOW = Instant.parse("2026-11-24T12:00:00Z");

    @TempDir
    private Path directory;

    private final Bench bench = new Bench(Duration.ofHours(1));
    private final FakeComfyServer server = FakeComfyServer.builder()
            .noModels()
            .models("checkpoints", "sd\\v1-5.safetensors")
            .start();
    private TaskStore store;
    private FileCache cache;
    private InputFiles inputs;
    private Plans plans;
    private Graphs graphs;
    private Node node;

    @BeforeEach
    void open() throws Exception {
        Path models = Files.createDirectory(directory.resolve("models"));
        store = TaskStore.open(directory, Time.system(), event -> {});
        cache = FileCache.open(CacheSettings.builder(directory.resolve("cache"), directory.resolve("record.json"))
                .linkRoot(models)
                .build());
        inputs = InputFiles.open(directory.resolve("inputs"));
        plans = new Plans(store);
        graphs = new Graphs(
                plans,
                inputs,
                new Downloads(
                        cache, models, new LiveBoard(), Downloads.Patience.of(Duration.ofHours(1)), Time.system()),
                new LinkSight(Time.system()));
        node = bench.add(server);
        bench.awaitKnown(node);
    }

    @AfterEach
    void close() {
        bench.close();
        server.close();
        cache.close();
        store.close();
    }

    private Run run(long number, Plan plan) {
        WaitingTask task = WaitingTasks.task(number, NOW, 0, "a");
        plans.keep(number, plan);
        var assignment =
                new Assignment(number, 1, node.id(), node.state().spec().url().toString(), PromptId.random(), "client");
        return new Run(task, assignment, node, NOW, false, false);
    }

    private static Plan plan(String more) {
        return Plan.parse(
                "SD15",
                "{\"prompt\":\"a cat\",\"checkpoint\":\"sd/v1-5.safetensors\"" + more + "}",
                SamplerLists.core());
    }

    private static byte[] png(int width) throws IOException {
        var out = new ByteArrayOutputStream();
        ImageIO.write(new BufferedImage(width, 64, BufferedImage.TYPE_INT_RGB), "png", out);
        return out.toByteArray();
    }

    /// With the pictures kept, as the intake does.
    private Plan pictured(byte[] picture) throws IOException {
        Plan plan = plan(",\"input_image\":\"data:image/png;base64,"
                + Base64.getEncoder().encodeToString(picture) + "\"");
        for (ImageUse use : plan.images()) {
            if (use.ref() instanceof ImageRef.Inline inline) {
                inputs.keep(inline);
            }
        }
        return plan;
    }

    private static List<Input> inputs(Workflow graph, String classType, String name) {
        return graph.nodes().stream()
                .filter(each -> each.classType().equals(classType))
                .map(each -> each.inputs().get(name))
                .toList();
    }

    @Test
    void aModelIsNamedAsTheNodeSpellsIt() throws Exception {
        Workflow graph = graphs.forNode(run(1, plan("")));

        assertThat(inputs(graph, "CheckpointLoaderSimple", "ckpt_name"))
                .containsExactly(new Input.Text("sd\\v1-5.safetensors"));
    }

    @Test
    void aPictureIsUploadedOnceToANode() throws Exception {
        byte[] picture = png(64);
        Workflow first = graphs.forNode(run(1, pictured(picture)));
        Workflow second = graphs.forNode(run(2, pictured(picture)));

        assertThat(server.requests("POST", "/upload/image")).hasSize(1);
        assertThat(inputs(first, "LoadImage", "image"))
                .singleElement()
                .isInstanceOfSatisfying(
                        Input.Text.class,
                        name -> assertThat(name.value())
                                .startsWith("comfy-router/")
                                .endsWith(".png"))
                .isEqualTo(inputs(second, "LoadImage", "image").getFirst());

        graphs.forNode(run(3, pictured(png(72))));

        assertThat(server.requests("POST", "/upload/image")).hasSize(2);
    }

    @Test
    void aPictureThatIsGoneIsTheEndOfTheTask() throws Exception {
        Plan plan = pictured(png(64));
        try (var files = Files.newDirectoryStream(directory.resolve("inputs"))) {
            for (Path file : files) {
                Files.delete(file);
            }
        }

        assertThatThrownBy(() -> graphs.forNode(run(1, plan)))
                .isInstanceOfSatisfying(
                        Graphs.Impossible.class,
                        impossible -> assertThat(impossible.failure())
                                .isEqualTo(Failure.of(
                                        FailureClass.INPUT,
                                        "a picture of the task cannot be read any more: send the request again")));
    }

    @Test
    void whatTheNodeRefusesIsTheRequestsMistake() throws Exception {
        Workflow unknown = Workflow.parse("""
                {"1":{"class_type":"CheckpointLoaderSimple","inputs":{"ckpt_name":"other.safetensors"}},
                "2":{"class_type":"VAEDecode","inputs":{"samples":["1",0],"vae":["1",2]}},
                "3":{"class_type":"PreviewImage","inputs":{"images":["2",0]}}}""");
        var submission = new Submission(unknown, PromptId.random(), "client", Optional.empty());

        assertThatThrownBy(() -> node.client().submit(submission))
                .isInstanceOfSatisfying(ComfyException.Rejected.class, refused -> {
                    Failure failure = Failures.refused(refused);
                    assertThat(failure.kind()).isEqualTo(FailureClass.REQUEST);
                    assertThat(failure.message()).contains("node 1 (CheckpointLoaderSimple)", "other.safetensors");
                    assertThat(failure.details()).contains(refused.getMessage());
                });
    }

    private Failure failed(ExecutionError... errors) {
        Run run = run(1, plan(""));
        return Failures.execution(
                run,
                new HistoryEntry(
                        run.promptId(),
                        Outcome.ERROR,
                        new Outputs(List.of(), List.of(), List.of()),
                        Stream.of(errors).findFirst(),
                        List.of(),
                        Optional.empty(),
                        Optional.empty()));
    }

    private static ExecutionError error(String type, String message) {
        return new ExecutionError(
                "5", "KSampler", type, message, List.of("line 1\n", "line 2\n"), List.of("1"), Map.of());
    }

    @Test
    void anExecutionErrorKeepsItsTraceback() {
        assertThat(failed(error("ValueError", "bad latent")))
                .isEqualTo(new Failure(
                        FailureClass.EXECUTION,
                        "KSampler: bad latent",
                        Optional.of("5 KSampler"),
                        Optional.of("ValueError: bad latent\nline 1\nline 2\n")));
    }

    @Test
    void outOfMemoryIsAClassOfItsOwnAndSaysWhatHelps() {
        Failure failure = failed(error("torch.cuda.OutOfMemoryError", "Allocation on device"));

        assertThat(failure.kind()).isEqualTo(FailureClass.OUT_OF_MEMORY);
        assertThat(failure.message())
                .isEqualTo(node.state().spec().url()
                        + " ran out of memory in KSampler; use a smaller size or batch, or a node with more");
        assertThat(failure.details())
                .hasValueSatisfying(details -> assertThat(details).contains("line 2"));
    }

    @Test
    void aNodeThatDoesNotSayWhyIsNamed() {
        assertThat(failed())
                .isEqualTo(Failure.of(
                        FailureClass.EXECUTION,
                        "it failed on " + node.state().spec().url() + ", which does not say why"));
    }

    @Test
    void twoAttemptsNeverWriteOneFile() throws Exception {
        Plan saves = Plan.parse(TaskRequest.GRAPH, """
                {"workflow":{"1":{"class_type":"LoadImage","inputs":{"image":"a.png"}},
                "2":{"class_type":"SaveImage","inputs":{"images":["1",0],"filename_prefix":"cat"}}}}""", SamplerLists.core());

        Input one = inputs(graphs.forNode(run(1, saves)), "SaveImage", "filename_prefix")
                .getFirst();
        Input other = inputs(graphs.forNode(run(1, saves)), "SaveImage", "filename_prefix")
                .getFirst();

        assertThat(one)
                .isNotEqualTo(other)
                .isInstanceOfSatisfying(
                        Input.Text.class, name -> assertThat(name.value()).startsWith("cat_"));
    }
}
