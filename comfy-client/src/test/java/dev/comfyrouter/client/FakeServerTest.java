package dev.comfyrouter.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.comfyrouter.client.ComfyException.Missing;
import dev.comfyrouter.testkit.FakeComfyServer;
import dev.comfyrouter.testkit.HttpFault;
import dev.comfyrouter.workflows.Workflow;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.time.Duration;
import java.util.ArrayList;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The whole client against the test kit's servers of both versions.
class FakeServerTest {
    private static final Duration LONG = Duration.ofSeconds(30);
    private static final Run.Pace QUICK = new Run.Pace(Duration.ofMillis(500), Duration.ofMillis(50), LONG);
    private static final Workflow SAMPLED = Workflow.parse("""
            {"4":{"class_type":"CheckpointLoaderSimple","inputs":{"ckpt_name":"v1-5.safetensors"}},
             "5":{"class_type":"EmptyLatentImage","inputs":{"width":64,"height":64,"batch_size":1}},
             "6":{"class_type":"CLIPTextEncode","inputs":{"text":"a cat","clip":["4",1]}},
             "3":{"class_type":"KSampler","inputs":{"seed":18446744073709551615,"steps":3,"cfg":7.0,"sampler_name":"euler",
               "scheduler":"normal","denoise":1.0,"model":["4",0],"positive":["6",0],"negative":["6",0],"latent_image":["5",0]}},
             "8":{"class_type":"VAEDecode","inputs":{"samples":["3",0],"vae":["4",2]}},
             "9":{"class_type":"PreviewImage","inputs":{"images":["8",0]}}}""");

    private static FakeComfyServer server(String version) {
        return FakeComfyServer.builder()
                .version(version)
                .previewMethod("latent2rgb")
                .start();
    }

    private static ComfyClient client(FakeComfyServer server) {
        return ComfyClient.builder(server.url()).build();
    }

    @ParameterizedTest
    @ValueSource(strings = {"0.3.64", "0.33.0"})
    void aGraphRunsWithProgressPreviewsAndAPicture(String version) throws Exception {
        try (var server = server(version);
                var client = client(server);
                var run = client.run(SAMPLED)) {
            var events = new ArrayList<ComfyEvent>();
            while (!run.isFinished()) {
                run.next(LONG).ifPresent(events::add);
            }
            assertThat(run.result().outcome()).isEqualTo(Outcome.SUCCESS);
            assertThat(events)
                    .hasAtLeastOneElementOfType(ComfyEvent.FeatureFlags.class)
                    .hasAtLeastOneElementOfType(ComfyEvent.Progress.class)
                    .hasAtLeastOneElementOfType(ComfyEvent.Executed.class)
                    .noneMatch(event -> event instanceof ComfyEvent.Unknown || event instanceof ComfyEvent.Malformed)
                    .filteredOn(ComfyEvent.Preview.class::isInstance)
                    .isNotEmpty()
                    .allSatisfy(event -> {
                        var preview = (ComfyEvent.Preview) event;
                        assertThat(preview.promptId()).contains(run.promptId());
                        assertThat(preview.node()).contains("3");
                    });
            var picture = new ByteArrayOutputStream();
            var file = run.result().outputs().getFirst();
            assertThat(client.view(file, picture, 1 << 20)).isEqualTo(picture.size());
            assertThat(picture.toByteArray()).startsWith(0x89, 'P', 'N', 'G');
            assertThat(client.history(5)).containsOnlyKeys(run.promptId());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"0.3.64", "0.33.0"})
    void aRunSurvivesACutSocketAndADeafOne(String version) throws Exception {
        try (var server = server(version);
                var client = client(server)) {
            server.holdExecutions();
            try (var run = Run.start(client, SAMPLED, QUICK)) {
                var unused = server.awaitRunning(LONG);
                server.faults().cutSockets();
                server.release();
                assertThat(run.await(LONG).outputs()).hasSize(1);
            }
            server.releaseAll();
            server.faults().deafSockets(true);
            try (var run = Run.start(client, SAMPLED, QUICK)) {
                assertThat(run.await(LONG).outputs()).hasSize(1);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"0.3.64", "0.33.0"})
    void oneRunIsCancelledWhileItRunsAndOneWhileItWaits(String version) throws Exception {
        try (var server = server(version);
                var client = client(server)) {
            server.holdExecutions();
            try (var running = Run.start(client, SAMPLED, QUICK)) {
                assertThat(server.awaitRunning(LONG))
                        .isEqualTo(running.promptId().value());
                try (var waiting = Run.start(client, SAMPLED, QUICK)) {
                    assertThat(client.queue().isPending(waiting.promptId())).isTrue();
                    assertThat(waiting.cancel()).isEqualTo(CancelResult.ACCEPTED);
                    assertThat(catchThrowableOfType(ComfyException.NotFound.class, () -> waiting.await(LONG)))
                            .isNotNull();
                    assertThat(waiting.cancel()).isEqualTo(CancelResult.NOTHING_TO_CANCEL);
                }
                assertThat(client.queue().isRunning(running.promptId())).isTrue();
                assertThat(running.cancel()).isEqualTo(CancelResult.ACCEPTED);
                assertThat(running.await(LONG).outcome()).isEqualTo(Outcome.INTERRUPTED);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"0.3.64", "0.33.0"})
    void aSubmissionWhoseAnswerIsLostCanBeFoundAgain(String version) throws Exception {
        try (var server = server(version);
                var client = client(server)) {
            server.holdExecutions();
            for (HttpFault fault : new HttpFault[] {HttpFault.LOSE_ANSWER, HttpFault.FAIL_BUT_DO}) {
                server.faults().next("POST /prompt", fault);
                var submission = Submission.of(SAMPLED, "c");
                var error = catchThrowableOfType(ComfyException.class, () -> client.submit(submission));
                assertThat(error.outcomeUnknown()).isTrue();
                assertThat(client.queue().contains(submission.promptId())).isTrue();
            }
            assertThat(server.requests("POST", "/prompt")).hasSize(2);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"0.3.64", "0.33.0"})
    void errorsOfTheServerAreReadable(String version) throws Exception {
        try (var server = server(version);
                var client = client(server)) {
            server.faults().outOfMemory(1);
            try (var run = Run.start(client, SAMPLED, QUICK)) {
                HistoryEntry entry = run.await(LONG);
                assertThat(entry.outcome()).isEqualTo(Outcome.ERROR);
                assertThat(entry.error().orElseThrow().outOfMemory()).isTrue();
                assertThat(entry.error().orElseThrow().nodeType()).isEqualTo("KSampler");
            }
            client.free(true, true);
            var lacking = SAMPLED.with("4", "ckpt_name", new Workflow.Input.Text("other.safetensors"));
            assertThat(catchThrowableOfType(ComfyException.MissingOnNode.class, () -> client.run(lacking))
                            .missing())
                    .containsExactly(new Missing(Missing.Kind.MODEL, "other.safetensors", "4"));
            var wrong = SAMPLED.with("3", "steps", new Workflow.Input.Whole(0));
            assertThat(catchThrowableOfType(ComfyException.Rejected.class, () -> client.run(wrong))
                            .nodeErrors())
                    .singleElement()
                    .satisfies(error ->
                            assertThat(error.toString()).contains("steps").contains("given 0"));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"0.3.64", "0.33.0"})
    void aRestartLosesTheRun(String version) throws Exception {
        try (var server = server(version);
                var client = client(server)) {
            server.holdExecutions();
            try (var run = Run.start(client, SAMPLED, QUICK)) {
                var unused = server.awaitRunning(LONG);
                server.restart();
                assertThat(catchThrowableOfType(ComfyException.NotFound.class, () -> run.await(LONG)))
                        .hasMessageContaining("restarted");
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"0.3.64", "0.33.0"})
    void whatTheServerHasIsAskedForAndAPictureIsUploaded(String version) throws Exception {
        try (var server = server(version);
                var client = client(server)) {
            assertThat(client.systemStats().requireSupported()).hasToString(version);
            assertThat(client.features().previewMetadata()).isTrue();
            assertThat(client.models("checkpoints")).contains("v1-5.safetensors");
            assertThat(client.modelFiles("checkpoints"))
                    .extracting(ModelFile::name)
                    .contains("v1-5.safetensors");
            assertThat(client.objectInfo().classes()).contains("KSampler", "PreviewImage");
            assertThat(client.objectInfo("KSampler").classes()).containsExactly("KSampler");
            assertThat(client.objectInfo("NoSuchNode").classes()).isEmpty();
            assertThat(client.queueRemaining()).isZero();

            byte[] pixels = {1, 2, 3};
            var first = client.uploadImage("ä b.png", new ByteArrayInputStream(pixels), "in", false);
            var other = client.uploadImage("ä b.png", new ByteArrayInputStream(new byte[] {4}), "in", false);
            assertThat(first.reference()).isEqualTo("in/ä b.png");
            assertThat(other.name()).isNotEqualTo(first.name());
            var out = new ByteArrayOutputStream();
            var back = new OutputFile("", "images", first.name(), first.subfolder(), first.type());
            assertThat(client.view(back, out, 3)).isEqualTo(3);
            assertThat(out.toByteArray()).isEqualTo(pixels);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"0.3.64", "0.33.0"})
    void faultsOfAnswersAreUnreachable(String version) {
        try (var server = server(version);
                var client = ComfyClient.builder(server.url())
                        .responseTimeout(Duration.ofMillis(200))
                        .stallTimeout(Duration.ofMillis(200))
                        .build()) {
            for (HttpFault fault : new HttpFault[] {HttpFault.NEVER_ANSWER, HttpFault.CUT_BODY, HttpFault.STALL_BODY}) {
                server.faults().next("GET /queue", fault);
                assertThat(catchThrowableOfType(ComfyException.Unreachable.class, client::queue))
                        .as(fault.toString())
                        .isNotNull();
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"0.3.64", "0.33.0"})
    void aFaultThatIsAnsweredIsTheServers(String version) {
        try (var server = server(version);
                var client = client(server)) {
            server.faults().next("GET /queue", HttpFault.FAIL);
            assertThat(catchThrowableOfType(ComfyException.ServerError.class, client::queue))
                    .isNotNull();
        }
    }
}
