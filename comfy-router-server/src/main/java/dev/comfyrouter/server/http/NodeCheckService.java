package dev.comfyrouter.server.http;

import com.fasterxml.jackson.databind.JsonNode;
import dev.comfyrouter.server.node.About;
import dev.comfyrouter.server.node.NodeProbe;
import dev.comfyrouter.server.node.NodeRegistry;
import dev.comfyrouter.server.node.NodeState;
import dev.comfyrouter.server.node.NodeUrl;
import io.helidon.webserver.http.HttpRules;
import io.helidon.webserver.http.HttpService;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/// Looks at servers before they are added as nodes.
final class NodeCheckService implements HttpService {
    private static final int MANY = 64;

    private final NodeRegistry nodes;
    private final Bodies bodies;
    private final Answers answers;

    NodeCheckService(NodeRegistry nodes, Bodies bodies, Answers answers) {
        this.nodes = nodes;
        this.bodies = bodies;
        this.answers = answers;
    }

    @Override
    public void routing(HttpRules rules) {
        rules.post("/cluster/nodes:check", this::check);
    }

    record Result(
            String url,
            Optional<String> normalized,
            Optional<String> known,
            boolean ok,
            Optional<String> version,
            List<NodeViews.Device> devices,
            Optional<Double> latencyMs,
            String files,
            List<Lacks.View> lacks,
            Optional<String> problem) {}

    record View(List<Result> results) {}

    private void check(ServerRequest request, ServerResponse response) throws InterruptedException {
        List<Callable<Result>> looks = new ArrayList<>();
        for (String url : urls(bodies.object(request))) {
            looks.add(() -> look(url));
        }
        List<Result> results = new ArrayList<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (Future<Result> look : threads.invokeAll(looks)) {
                results.add(look.get());
            }
        } catch (ExecutionException broken) {
            throw new IllegalStateException("a look at a server broke", broken);
        }
        answers.json(response, new View(results));
    }

    private static List<String> urls(JsonNode body) {
        String rule = "urls is a list of 1 to " + MANY + " addresses";
        var members = new Members(body, List.of("urls"));
        Optional<List<String>> urls = members.texts("urls", MANY, url -> true, rule);
        if (urls.isEmpty() || urls.get().isEmpty()) {
            members.mistake("/urls", rule);
        }
        members.refuseMistakes();
        return urls.orElseThrow();
    }

    private Result look(String text) throws InterruptedException {
        NodeUrl url;
        try {
            url = NodeUrl.parse(text);
        } catch (IllegalArgumentException refused) {
            return failed(text, Optional.empty(), Optional.empty(), String.valueOf(refused.getMessage()));
        }
        List<NodeState> states = nodes.states();
        Optional<String> known = states.stream()
                .filter(state -> NodeUrl.sameServer(state.spec().url(), url.uri()))
                .map(state -> state.id().toString())
                .findFirst();
        NodeProbe probe = nodes.probe(url, Map.of());
        String normal = url.uri().toString();
        if (probe.about().isEmpty()) {
            return failed(text, Optional.of(normal), known, probe.problem().orElse("it gave no usable answer"));
        }
        About about = probe.about().get();
        return new Result(
                text,
                Optional.of(normal),
                known,
                true,
                Optional.of(about.version().toString()),
                about.devices().stream().map(NodeViews.Device::of).toList(),
                Optional.of(probe.latency().toNanos() / 1e6),
                probe.sight().word(),
                about.capabilities()
                        .map(can -> Lacks.of(can, NodeViews.capabilities(states)))
                        .orElse(List.of()),
                Optional.empty());
    }

    private static Result failed(String url, Optional<String> normalized, Optional<String> known, String problem) {
        return new Result(
                url,
                normalized,
                known,
                false,
                Optional.empty(),
                List.of(),
                Optional.empty(),
                "unknown",
                List.of(),
                Optional.of(problem));
    }
}
