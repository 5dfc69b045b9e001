package dev.comfyrouter.server.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.comfyrouter.server.node.Capabilities;
import dev.comfyrouter.server.node.NodeState;
import dev.comfyrouter.server.task.TaskRequest;
import dev.comfyrouter.workflows.ModelFolder;
import dev.comfyrouter.workflows.Recipe;
import dev.comfyrouter.workflows.SamplerLists;
import io.helidon.webserver.http.HttpRules;
import io.helidon.webserver.http.HttpService;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.Supplier;

/// The types of workflows with the schemas of their parameters, filled with the names that the nodes know.
final class TypeService implements HttpService {
    private static final Map<String, String> TITLES =
            Map.of("SD15", "Stable Diffusion 1.5", "SDXL", "SDXL", "Flux", "Flux");
    private static final String GRAPH = """
            {"title":"Graph","type":"object","required":["workflow"],"additionalProperties":false,"properties":{
             "workflow":{"type":"object","minProperties":1,"description":"A graph in ComfyUI's API format: node id to class_type and inputs.",
              "x-ui":{"widget":"json","group":"main"}},
             "files":{"type":"array","description":"URLs for inputs of custom nodes, fetched before the graph runs.",
              "items":{"type":"object","required":["node","input","folder","url"],"additionalProperties":false,"properties":{
               "node":{"type":"string"},"input":{"type":"string"},"folder":{"type":"string"},
               "url":{"type":"string","format":"uri"}}}}}}""";

    private final Supplier<List<NodeState>> nodes;
    private final boolean graphs;
    private final Answers answers;

    /// @param graphs whether raw graphs are accepted
    TypeService(Supplier<List<NodeState>> nodes, boolean graphs, Answers answers) {
        this.nodes = nodes;
        this.graphs = graphs;
        this.answers = answers;
    }

    @Override
    public void routing(HttpRules rules) {
        rules.get("/workflow-types", this::list);
    }

    record TypeView(String type, String title, JsonNode schema) {}

    record View(List<TypeView> types) {}

    private void list(ServerRequest request, ServerResponse response) {
        List<Capabilities> known = NodeViews.capabilities(
                nodes.get().stream().filter(NodeState::accepting).toList());
        List<TypeView> types = new ArrayList<>();
        for (String type : Recipe.types()) {
            JsonNode schema = Json.kept(Recipe.schema(type, lists(known)));
            offer(schema, known);
            types.add(new TypeView(type, TITLES.getOrDefault(type, type), schema));
        }
        if (graphs) {
            types.add(new TypeView(TaskRequest.GRAPH, TaskRequest.GRAPH, graphSchema()));
        }
        answers.largeJson(request, response, new View(types));
    }

    static JsonNode graphSchema() {
        return Json.kept(GRAPH);
    }

    private static SamplerLists lists(List<Capabilities> known) {
        Set<String> samplers = names(known, Capabilities::samplers);
        Set<String> schedulers = names(known, Capabilities::schedulers);
        return samplers.isEmpty() || schedulers.isEmpty()
                ? SamplerLists.core()
                : new SamplerLists(List.copyOf(samplers), List.copyOf(schedulers));
    }

    /// Puts the names of models beside every place that takes one.
    private static void offer(JsonNode schema, List<Capabilities> known) {
        if (schema.path("x-ui") instanceof ObjectNode hints && hints.has("folder")) {
            ModelFolder.named(hints.path("folder").asText())
                    .ifPresent(folder -> hints.set(
                            "options",
                            Json.MAPPER.valueToTree(names(
                                    known,
                                    can -> can.models()
                                            .getOrDefault(folder, Map.of())
                                            .values()))));
        }
        schema.forEach(child -> offer(child, known));
    }

    private static Set<String> names(
            List<Capabilities> known, Function<Capabilities, ? extends Collection<String>> names) {
        Set<String> all = new TreeSet<>();
        known.forEach(can -> all.addAll(names.apply(can)));
        return all;
    }
}
