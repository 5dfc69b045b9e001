package dev.comfyrouter.server.node;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import dev.comfyrouter.client.PromptId;
import dev.comfyrouter.server.node.NodeRegistry.Added;
import dev.comfyrouter.server.node.NodeRegistry.Removal;
import dev.comfyrouter.server.node.NodeState.Leaving;
import dev.comfyrouter.server.node.NodeState.Occupant;
import dev.comfyrouter.testkit.FakeComfyServer;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class NodeRegistryTest {
    private static final Duration LONG = Duration.ofSeconds(30);

    private final FakeComfyServer server = FakeComfyServer.start();
    private final Bench bench = new Bench(Duration.ofSeconds(5));

    @AfterEach
    void close() {
        bench.close();
        server.close();
    }

    private Added add(String url) throws InterruptedException {
        return bench.nodes.add(NodeUrl.parse(url), Optional.empty(), List.of(), Map.of());
    }

    @Test
    void oneServerIsOneNodeHoweverManyAddItAtOnceInWhateverSpelling() throws Exception {
        List<Callable<Added>> adds = new ArrayList<>();
        for (int i = 0; i < 16; i++) {
            String host =
                    List.of("127.0.0.1", "localhost", "LOCALHOST", "127.0.0.2").get(i % 4);
            adds.add(() -> add("http://" + host + ":" + server.port()));
        }

        List<Added> added = new ArrayList<>();
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (Future<Added> each : threads.invokeAll(adds)) {
                added.add(each.get());
            }
        }

        assertThat(added).filteredOn(Added::isNew).hasSize(1);
        assertThat(added).extracting(Added::node).containsOnly(added.getFirst().node());
        assertThat(bench.book).hasSize(1);
        assertThat(bench.nodes.all()).hasSize(1);
        server.awaitSockets(1, LONG);
    }

    @Test
    void twoDescriptionsAtOnceKeepWhatEachOfThemChanged() throws Exception {
        Node node = bench.add(server);
        List<Callable<Optional<Node>>> acts = List.of(
                () -> bench.nodes.describe(node.id(), spec -> named(spec, "gpu-1")),
                () -> bench.nodes.drain(node.id()),
                () -> bench.nodes.describe(node.id(), spec -> labelled(spec, "studio")));

        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            threads.invokeAll(acts);
        }

        NodeSpec spec = node.state().spec();
        assertThat(spec.name()).isEqualTo("gpu-1");
        assertThat(spec.draining()).isTrue();
        assertThat(spec.labels()).containsExactly("studio");
        assertThat(bench.book).containsEntry(node.id(), spec);
    }

    private static NodeSpec named(NodeSpec spec, String name) {
        return new NodeSpec(
                spec.id(), spec.url(), name, spec.labels(), spec.headers(), spec.draining(), spec.createdAt());
    }

    private static NodeSpec labelled(NodeSpec spec, String label) {
        return new NodeSpec(
                spec.id(), spec.url(), spec.name(), List.of(label), spec.headers(), spec.draining(), spec.createdAt());
    }

    @Test
    void aNodeGetsNoTaskFromTheMomentOnThatItIsBeingRemoved() throws Exception {
        Node node = bench.add(server);
        bench.await(node, NodeState::online);

        assertThat(bench.nodes.remove(node.id(), Leaving.NO)).isInstanceOf(Removal.Removed.class);

        assertThat(node.tryOccupy(new Occupant(1, 1, PromptId.random(), Instant.EPOCH)))
                .isFalse();
        assertThat(bench.book).isEmpty();
        assertThat(bench.nodes.remove(node.id(), Leaving.NO)).isInstanceOf(Removal.Unknown.class);
        server.awaitSockets(0, LONG);
    }

    @Test
    void aNodeWhoseOutputsAreBeingFetchedStaysUntilTheyAreThere() throws Exception {
        Node node = bench.add(server);
        bench.await(node, NodeState::online);
        PromptId prompt = PromptId.random();
        assertThat(node.tryOccupy(new Occupant(1, 1, prompt, Instant.EPOCH))).isTrue();
        var unused = node.session().watch(prompt);
        node.vacate(prompt, Set.of());

        assertThat(bench.nodes.remove(node.id(), Leaving.NO)).isInstanceOf(Removal.Busy.class);
        assertThat(bench.nodes.remove(node.id(), Leaving.NOW)).isInstanceOf(Removal.Leaves.class);
        bench.nodes.removeLeft();
        assertThat(bench.nodes.node(node.id())).isPresent();

        node.session().forget(prompt);
        bench.nodes.removeLeft();
        assertThat(bench.nodes.node(node.id())).isEmpty();
    }

    @Test
    void aRedirectOfANodeIsNotFollowed() throws Exception {
        HttpServer elsewhere = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        elsewhere.createContext("/", exchange -> {
            exchange.getResponseHeaders()
                    .add("Location", server.url() + exchange.getRequestURI().toString());
            exchange.sendResponseHeaders(307, -1);
            exchange.close();
        });
        elsewhere.start();
        try {
            Node node =
                    add("http://127.0.0.1:" + elsewhere.getAddress().getPort()).node();

            NodeState state = bench.await(node, now -> now.checks().at().isPresent());

            assertThat(state.health()).isEqualTo(Health.OFFLINE);
            assertThat(state.checks().error()).contains("307");
            assertThat(server.requests()).isEmpty();
        } finally {
            elsewhere.stop(0);
        }
    }

    @Test
    void closingEndsEveryThreadAndConnection() throws Exception {
        Node node = bench.add(server);
        bench.await(node, NodeState::online);
        server.awaitSockets(1, LONG);

        bench.close();

        server.awaitSockets(0, LONG);
        assertThat(bench.nodes.all()).isEmpty();
        assertThat(bench.book).as("the book is kept").hasSize(1);
    }

    @Test
    void describingNobodyIsNoAct() throws Exception {
        Node node = bench.add(server);
        bench.nodes.remove(node.id(), Leaving.NO);

        assertThat(bench.nodes.describe(node.id(), UnaryOperator.identity())).isEmpty();
        assertThat(bench.nodes.resume(node.id())).isEmpty();
        assertThat(bench.book).isEmpty();
    }
}
