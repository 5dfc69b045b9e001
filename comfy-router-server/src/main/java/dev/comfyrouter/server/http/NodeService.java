package dev.comfyrouter.server.http;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import com.fasterxml.jackson.databind.JsonNode;
import dev.comfyrouter.client.ComfyException;
import dev.comfyrouter.server.node.About;
import dev.comfyrouter.server.node.Node;
import dev.comfyrouter.server.node.NodeRegistry;
import dev.comfyrouter.server.node.NodeRegistry.Removal;
import dev.comfyrouter.server.node.NodeSpec;
import dev.comfyrouter.server.node.NodeState;
import dev.comfyrouter.server.node.NodeState.Leaving;
import dev.comfyrouter.server.node.NodeUrl;
import dev.comfyrouter.server.task.LiveBoard;
import dev.comfyrouter.server.task.NodeId;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.http.Status;
import io.helidon.webserver.http.HttpRules;
import io.helidon.webserver.http.HttpService;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/// The nodes: adding, describing, draining and removing them.
final class NodeService implements HttpService {
    private static final int LOG = 20;

    private final NodeRegistry nodes;
    private final NodeViews views;
    private final LiveBoard board;
    private final Activity activity;
    private final Bodies bodies;
    private final Answers answers;

    NodeService(
            NodeRegistry nodes, NodeViews views, LiveBoard board, Activity activity, Bodies bodies, Answers answers) {
        this.nodes = nodes;
        this.views = views;
        this.board = board;
        this.activity = activity;
        this.bodies = bodies;
        this.answers = answers;
    }

    @Override
    public void routing(HttpRules rules) {
        rules.get("/cluster/nodes", this::list)
                .post("/cluster/nodes", this::add)
                .post("/cluster/nodes/delete", this::deleteByUrl)
                .get("/cluster/nodes/{id}", this::one)
                .patch("/cluster/nodes/{id}", this::describe)
                .delete("/cluster/nodes/{id}", this::delete)
                .post("/cluster/nodes/{id}/drain", this::drain)
                .post("/cluster/nodes/{id}/resume", this::resume)
                .post("/cluster/nodes/{id}/check", this::check)
                .post("/cluster/nodes/{id}/free", this::free);
    }

    record ListView(List<NodeViews.View> nodes) {}

    private void list(ServerRequest request, ServerResponse response) {
        answers.largeJson(
                request,
                response,
                new ListView(nodes.states().stream().map(views::view).toList()));
    }

    record LogView(Instant at, String text) {}

    /// @param log its newest changes of state, newest first
    record Whole(@JsonUnwrapped NodeViews.View node, List<Lacks.View> lacks, List<LogView> log) {}

    private void one(ServerRequest request, ServerResponse response) {
        NodeState state = named(request).state();
        List<NodeState> others = nodes.states().stream()
                .filter(other -> !other.id().equals(state.id()))
                .toList();
        answers.json(
                response,
                new Whole(
                        views.view(state),
                        state.about()
                                .flatMap(About::capabilities)
                                .map(can -> Lacks.of(can, NodeViews.capabilities(others)))
                                .orElse(List.of()),
                        activity
                                .page(OptionalLong.empty(), Optional.empty(), Optional.of("node:" + state.id()), LOG)
                                .stream()
                                .map(entry -> new LogView(entry.at(), entry.text()))
                                .toList()));
    }

    private void add(ServerRequest request, ServerResponse response) throws InterruptedException {
        NodeRequest wish = NodeRequest.read(bodies.object(request), true);
        NodeUrl url = wish.url().orElseThrow();
        NodeRegistry.Added added = nodes.add(
                url,
                wish.name(),
                wish.labels().orElse(List.of()),
                wish.headers().orElse(Map.of()));
        response.header(HeaderValues.create(
                HeaderNames.LOCATION, "/cluster/nodes/" + added.node().id()));
        if (added.isNew()) {
            note(request, added.node(), "Added");
        }
        answers.json(
                response,
                added.isNew() ? Status.CREATED_201 : Status.OK_200,
                views.view(added.node().state()));
    }

    private void describe(ServerRequest request, ServerResponse response) throws InterruptedException {
        NodeId id = named(request).id();
        NodeRequest wish = NodeRequest.read(bodies.object(request), false);
        Node node = present(nodes.describe(
                id,
                before -> new NodeSpec(
                        before.id(),
                        before.url(),
                        wish.name().orElse(before.name()),
                        wish.labels().orElse(before.labels()),
                        wish.headers().orElse(before.headers()),
                        before.draining(),
                        before.createdAt())));
        note(request, node, "Changed name, labels or headers of");
        answer(response, node);
    }

    private void drain(ServerRequest request, ServerResponse response) throws InterruptedException {
        Node node = present(nodes.drain(named(request).id()));
        note(request, node, "Drained");
        answer(response, node);
    }

    private void resume(ServerRequest request, ServerResponse response) throws InterruptedException {
        Node node = present(nodes.resume(named(request).id()));
        note(request, node, "Resumed");
        answer(response, node);
    }

    private void check(ServerRequest request, ServerResponse response) {
        Node node = named(request);
        nodes.check(node.id());
        answer(response, node);
    }

    private void free(ServerRequest request, ServerResponse response) throws InterruptedException {
        Node node = named(request);
        try {
            node.client().free(true, true);
        } catch (ComfyException failed) {
            throw Refusal.of(Problem.of(
                    Status.BAD_GATEWAY_502, "The node did not free its memory", String.valueOf(failed.getMessage())));
        }
        note(request, node, "Freed the memory of");
        response.status(Status.NO_CONTENT_204).send();
    }

    private void delete(ServerRequest request, ServerResponse response) throws InterruptedException {
        remove(request, named(request), leaving(Query.first(request, "mode")), response);
    }

    private void deleteByUrl(ServerRequest request, ServerResponse response) throws InterruptedException {
        JsonNode body = bodies.object(request);
        NodeUrl url = NodeRequest.read(body, true).url().orElseThrow();
        Node node = nodes.all().stream()
                .filter(each -> NodeUrl.sameServer(each.state().spec().url(), url.uri()))
                .findFirst()
                .orElseThrow(NodeService::unknown);
        remove(request, node, Leaving.NO, response);
    }

    private void remove(ServerRequest request, Node node, Leaving how, ServerResponse response)
            throws InterruptedException {
        switch (nodes.remove(node.id(), how)) {
            case Removal.Removed removed -> {
                note(request, node, "Removed");
                response.status(Status.NO_CONTENT_204).send();
            }
            case Removal.Leaves leaves -> answers.json(response, Status.ACCEPTED_202, views.view(node.state()));
            case Removal.Busy(NodeState state) ->
                throw Refusal.conflict(
                        "The node is busy",
                        state.spec().name() + " " + what(state)
                                + ". Use mode=drain to let it end first, or mode=now to take it off the node.");
            case Removal.Unknown unknown -> throw unknown();
        }
    }

    private String what(NodeState busy) {
        return busy.occupant()
                .map(ours -> "runs #" + ours.task() + " ("
                        + Math.round(100 * board.of(ours.task()).progress()) + " %)")
                .orElse(
                        busy.abandoned().isEmpty()
                                ? "still gives the results of its last task"
                                : "still has a prompt that was given up");
    }

    private static Leaving leaving(Optional<String> mode) {
        return switch (mode.orElse("")) {
            case "" -> Leaving.NO;
            case "drain" -> Leaving.DRAINED;
            case "now" -> Leaving.NOW;
            default -> throw Refusal.wrong("mode", "mode is drain or now");
        };
    }

    private void note(ServerRequest request, Node node, String deed) {
        String name = node.state().spec().name();
        activity.act(request, "node:" + node.id(), name, deed + " " + name);
    }

    private void answer(ServerResponse response, Node node) {
        answers.json(response, views.view(node.state()));
    }

    private Node named(ServerRequest request) {
        return present(NodeId.parse(request.path().pathParameters().get("id")).flatMap(nodes::node));
    }

    private static Node present(Optional<Node> node) {
        return node.orElseThrow(NodeService::unknown);
    }

    private static Refusal unknown() {
        return Refusal.unknown("There is no such node.");
    }
}
