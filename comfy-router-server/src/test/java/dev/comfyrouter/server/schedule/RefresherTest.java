package dev.comfyrouter.server.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import dev.comfyrouter.server.node.About;
import dev.comfyrouter.server.node.Bench;
import dev.comfyrouter.server.node.Capabilities;
import dev.comfyrouter.server.node.Node;
import dev.comfyrouter.server.task.Requirements;
import dev.comfyrouter.testkit.FakeComfyServer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class RefresherTest {
    private static final String LOADER = "CheckpointLoaderSimple";

    @TempDir
    Path models;

    private final Bench bench = new Bench(Duration.ofHours(1));
    private final StillTime time = new StillTime();
    private final AtomicInteger looks = new AtomicInteger();
    private final Refresher refresher = new Refresher(bench.nodes, looks::incrementAndGet, time);
    private FakeComfyServer server;
    private Node node;

    @BeforeEach
    void start() throws Exception {
        Files.createDirectory(models.resolve("checkpoints"));
        server = FakeComfyServer.builder().noModels().modelsDirectory(models).start();
        node = bench.add(server);
        bench.awaitKnown(node);
    }

    @AfterEach
    void close() {
        refresher.close();
        bench.close();
        server.close();
    }

    private static WaitingTask task(long number, String... classes) {
        WaitingTask any = WaitingTasks.task(number, new StillTime().now, 0, "new.safetensors");
        return new WaitingTask(
                any.task(),
                new Needs(Set.of(classes), any.needs().models(), Set.of()),
                Requirements.NONE,
                any.readySince(),
                Optional.empty(),
                0,
                List.of());
    }

    private boolean confirms(WaitingTask task) {
        return refresher.confirms(task, time.now);
    }

    private boolean knowsTheModel() {
        return node.state().about().flatMap(About::capabilities).orElseThrow().models().values().stream()
                .anyMatch(names -> names.containsKey("new.safetensors"));
    }

    private int asked(String nodeClass) {
        return server.requests("GET", "/object_info/" + nodeClass).size();
    }

    @Test
    void nothingIsMissingBeforeAFreshLookWhichFindsWhatHasCome() throws Exception {
        WaitingTask task = task(1, LOADER);
        Files.writeString(models.resolve("checkpoints/new.safetensors"), "x");

        assertThat(confirms(task)).isFalse();
        assertThat(confirms(task)).isFalse();
        assertThat(knowsTheModel()).isFalse();
        assertThat(time.lives).hasSize(1);
        time.lives.remove().run();

        assertThat(looks).hasValue(1);
        assertThat(knowsTheModel()).isTrue();
        assertThat(confirms(task)).isTrue();
        assertThat(asked(LOADER)).isEqualTo(1);
    }

    @Test
    void aLaterDoubtNeedsALaterLookAndLooksAreTenSecondsApart() {
        confirms(task(1, LOADER));
        time.lives.remove().run();
        time.pass(Duration.ofSeconds(1));

        assertThat(confirms(task(2, LOADER))).isFalse();
        time.pass(Duration.ofMillis(8_999));
        assertThat(confirms(task(2, LOADER))).isFalse();
        assertThat(time.lives).isEmpty();

        time.pass(Duration.ofMillis(1));
        assertThat(confirms(task(2, LOADER))).isFalse();
        time.lives.remove().run();
        assertThat(confirms(task(2, LOADER))).isTrue();
    }

    @Test
    void aDoubtThatBeginsDuringALookIsNotAnsweredByIt() {
        confirms(task(1, LOADER));
        time.pass(Duration.ofSeconds(20));

        assertThat(confirms(task(2, "VAELoader"))).isFalse();
        assertThat(time.lives).hasSize(1);
        time.lives.remove().run();

        assertThat(asked("VAELoader")).isZero();
        assertThat(confirms(task(1, LOADER))).isTrue();
        assertThat(confirms(task(2, "VAELoader"))).isFalse();
        time.lives.remove().run();
        assertThat(asked("VAELoader")).isEqualTo(1);
        assertThat(confirms(task(2, "VAELoader"))).isTrue();
    }

    @Test
    void aLookThatWasGivenUpConfirmsNothing() {
        confirms(task(1, LOADER));
        Thread.currentThread().interrupt();
        time.lives.remove().run();
        var unused = Thread.interrupted();

        assertThat(confirms(task(1, LOADER))).isFalse();
        assertThat(time.lives).hasSize(1);
    }

    @Test
    void aNodeOutOfReachKeepsWhatIsKnownOfIt() throws Exception {
        Files.writeString(models.resolve("checkpoints/new.safetensors"), "x");
        server.crash();

        confirms(task(1, LOADER));
        time.lives.remove().run();

        assertThat(confirms(task(1, LOADER))).isTrue();
        assertThat(knowsTheModel()).isFalse();
    }

    @Test
    void aClassThatIsGoneIsNotKnownAnyMore() {
        var before = node.state().about().flatMap(About::capabilities).orElseThrow();
        Set<String> more = Set.of("Removed", LOADER);
        node.learn(new Capabilities(more, before.models(), before.samplers(), before.schedulers()));

        confirms(task(1, "Removed"));
        time.lives.remove().run();

        assertThat(node.state()
                        .about()
                        .flatMap(About::capabilities)
                        .orElseThrow()
                        .classes())
                .containsExactly(LOADER);
    }
}
