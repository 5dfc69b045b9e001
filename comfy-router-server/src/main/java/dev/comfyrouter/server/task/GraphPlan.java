package dev.comfyrouter.server.task;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.cfg.JsonNodeFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.comfyrouter.workflows.ImageRef;
import dev.comfyrouter.workflows.ImageUse;
import dev.comfyrouter.workflows.InputType;
import dev.comfyrouter.workflows.InvalidWorkflow;
import dev.comfyrouter.workflows.ModelFolder;
import dev.comfyrouter.workflows.ModelRef;
import dev.comfyrouter.workflows.ModelUse;
import dev.comfyrouter.workflows.NodeCatalog;
import dev.comfyrouter.workflows.Problem;
import dev.comfyrouter.workflows.Recipe;
import dev.comfyrouter.workflows.Workflow;
import dev.comfyrouter.workflows.Workflow.Input;
import java.math.BigInteger;
import java.net.URI;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// A graph that the caller brought, with the inputs in it that name files.
///
/// The inputs of ComfyUI's own loaders are known; those of custom nodes that name a model to fetch are given in
/// `files`.
final class GraphPlan implements Plan {
    private static final ObjectMapper JSON = JsonMapper.builder()
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .enable(DeserializationFeature.USE_BIG_INTEGER_FOR_INTS)
            .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
            .build();

    private final Workflow graph;
    private final JsonNode files;
    private final Map<ModelUse, Slot> models;
    private final Map<ImageUse, Slot> images;

    /// An input of a node.
    private record Slot(String node, String input) {
        String pointer() {
            return "/workflow/" + escaped(node) + "/inputs/" + escaped(input);
        }

        private static String escaped(String name) {
            return name.replace("~", "~0").replace("/", "~1");
        }
    }

    private GraphPlan(Workflow graph, JsonNode files, Map<ModelUse, Slot> models, Map<ImageUse, Slot> images) {
        this.graph = graph;
        this.files = files;
        this.models = models;
        this.images = images;
    }

    /// @throws InvalidWorkflow with every mistake and its pointer into the parameters
    static GraphPlan parse(String params) {
        return new Reading().read(params);
    }

    @Override
    public List<ModelUse> models() {
        return List.copyOf(models.keySet());
    }

    @Override
    public List<ImageUse> images() {
        return List.copyOf(images.keySet());
    }

    @Override
    public Workflow workflow(Recipe.Files names) {
        Workflow named = graph;
        for (Map.Entry<ModelUse, Slot> use : models.entrySet()) {
            named = with(named, use.getValue(), names.model(use.getKey()));
        }
        for (Map.Entry<ImageUse, Slot> use : images.entrySet()) {
            named = with(named, use.getValue(), names.image(use.getKey()).name());
        }
        return named;
    }

    @Override
    public String title() {
        return texts("CLIPTextEncode", "text")
                .findFirst()
                .orElse("a graph of " + graph.nodes().size() + " nodes");
    }

    @Override
    public Optional<BigInteger> seed() {
        return graph.nodes().stream()
                .flatMap(node -> Stream.of("seed", "noise_seed").flatMap(name -> node.input(name).stream()))
                .filter(Input.Whole.class::isInstance)
                .map(input -> ((Input.Whole) input).value())
                .findFirst();
    }

    @Override
    public List<String> warnings() {
        return List.of();
    }

    /// A graph says itself what its nodes write.
    @Override
    public Optional<PictureWish> pictures() {
        return Optional.empty();
    }

    @Override
    public String stored() {
        return json(graph, files);
    }

    @Override
    public String shown() {
        Workflow clean = graph;
        for (Map.Entry<ModelUse, Slot> use : models.entrySet()) {
            if (use.getKey().ref() instanceof ModelRef.Remote remote) {
                clean = with(clean, use.getValue(), withoutSecrets(remote.url()));
            }
        }
        for (Map.Entry<ImageUse, Slot> use : images.entrySet()) {
            if (use.getKey().ref() instanceof ImageRef.Remote remote) {
                clean = with(clean, use.getValue(), withoutSecrets(remote.url()));
            }
        }
        ArrayNode named = JSON.createArrayNode();
        for (JsonNode file : files) {
            ObjectNode copy = file.deepCopy();
            named.add(copy.put("url", withoutSecrets(URI.create(file.path("url").asText()))));
        }
        return json(clean, named);
    }

    /// A graph's seeds are the caller's.
    @Override
    public Plan drawnAnew() {
        return this;
    }

    private Stream<String> texts(String nodeClass, String input) {
        return graph.nodes().stream()
                .filter(node -> node.classType().equals(nodeClass))
                .flatMap(node -> node.input(input).stream())
                .filter(Input.Text.class::isInstance)
                .map(text -> ((Input.Text) text).value())
                .filter(text -> !text.isBlank());
    }

    private static Workflow with(Workflow graph, Slot slot, String value) {
        return graph.with(slot.node(), slot.input(), new Input.Text(value));
    }

    private static String withoutSecrets(URI url) {
        int port = url.getPort();
        return url.getScheme() + "://" + url.getHost() + (port < 0 ? "" : ":" + port) + url.getRawPath();
    }

    private static String json(Workflow graph, JsonNode files) {
        String filesJson = files.isEmpty() ? "" : ",\"files\":" + files;
        return "{\"workflow\":" + graph.toJson() + filesJson + "}";
    }

    /// One reading of parameters, which collects every mistake before it complains.
    private static final class Reading {
        private final List<Problem> problems = new ArrayList<>();
        private final Map<ModelUse, Slot> models = new LinkedHashMap<>();
        private final Map<ImageUse, Slot> images = new LinkedHashMap<>();

        GraphPlan read(String params) {
            JsonNode root = tree(params);
            root.fieldNames().forEachRemaining(name -> {
                if (!name.equals("workflow") && !name.equals("files")) {
                    problem("/" + Slot.escaped(name), "unknown; a Graph has workflow and files");
                }
            });
            Optional<Workflow> graph = graph(root);
            JsonNode files = root.path("files");
            graph.ifPresent(found -> {
                mustEnd(found);
                found.nodes().forEach(this::loaders);
                if (!files.isMissingNode()) {
                    named(found, files);
                }
            });
            if (!problems.isEmpty() || graph.isEmpty()) {
                throw new InvalidWorkflow(problems);
            }
            return new GraphPlan(graph.get(), files.isMissingNode() ? JSON.createArrayNode() : files, models, images);
        }

        private static JsonNode tree(String params) {
            try {
                return JSON.readTree(params);
            } catch (JsonProcessingException malformed) {
                throw new InvalidWorkflow(List.of(new Problem("", "not JSON: " + malformed.getOriginalMessage())));
            }
        }

        private Optional<Workflow> graph(JsonNode root) {
            if (!root.path("workflow").isObject()) {
                problem("/workflow", "must be a graph in API format: in ComfyUI, Workflow → Export (API)");
                return Optional.empty();
            }
            try {
                return Optional.of(Workflow.parse(root.path("workflow").toString()));
            } catch (InvalidWorkflow invalid) {
                invalid.problems().forEach(found -> problem("/workflow" + found.pointer(), found.detail()));
                return Optional.empty();
            }
        }

        /// A graph of known nodes of which none gives an output has nothing to run.
        private void mustEnd(Workflow graph) {
            boolean mayEnd = graph.nodes().stream()
                    .map(node -> NodeCatalog.core().type(node.classType()))
                    .anyMatch(type -> type.isEmpty() || type.get().outputNode());
            if (!mayEnd) {
                problem("/workflow", "has no output node: end it with SaveImage or PreviewImage");
            }
        }

        private void loaders(Workflow.Node node) {
            NodeCatalog.core()
                    .type(node.classType())
                    .ifPresent(type -> node.inputs().forEach((name, value) -> {
                        if (value instanceof Input.Text(String text)) {
                            type.input(name).ifPresent(input -> loader(new Slot(node.id(), name), input.type(), text));
                        }
                    }));
        }

        private void loader(Slot slot, InputType type, String text) {
            switch (type) {
                case InputType.ModelFile file -> model(slot, slot.pointer(), file.folder(), text);
                case InputType.UserFile file when file.picture() && text.contains("://") -> picture(slot, text);
                case InputType.UserFile file
                when text.startsWith("data:") ->
                    problem(slot.pointer(), "a picture inside a graph is not taken: give an https URL");
                default -> {} // holds no file that the router knows of
            }
        }

        private void model(Slot slot, String pointer, ModelFolder folder, String text) {
            try {
                ModelRef ref = ModelRef.of(text.contains("://") ? text : text.replace('\\', '/'));
                models.put(new ModelUse(slot.pointer(), folder, ref), slot);
            } catch (IllegalArgumentException refused) {
                problem(pointer, String.valueOf(refused.getMessage()));
            }
        }

        private void picture(Slot slot, String text) {
            try {
                images.put(new ImageUse(slot.pointer(), new ImageRef.Remote(URI.create(text))), slot);
            } catch (IllegalArgumentException refused) {
                problem(slot.pointer(), String.valueOf(refused.getMessage()));
            }
        }

        private void named(Workflow graph, JsonNode files) {
            if (!files.isArray()) {
                problem("/files", "must be a list of {node, input, folder, url}");
                return;
            }
            for (int i = 0; i < files.size(); i++) {
                JsonNode file = files.get(i);
                String pointer = "/files/" + i;
                Optional<ModelFolder> folder =
                        ModelFolder.named(file.path("folder").asText());
                Slot slot =
                        new Slot(file.path("node").asText(), file.path("input").asText());
                if (folder.isEmpty()) {
                    problem(
                            pointer + "/folder",
                            "must be one of "
                                    + Arrays.stream(ModelFolder.values())
                                            .map(ModelFolder::folder)
                                            .collect(Collectors.joining(", ")));
                }
                if (graph.node(slot.node()).isEmpty()) {
                    problem(pointer + "/node", "the graph has no node \"" + slot.node() + "\"");
                }
                if (slot.input().isEmpty()) {
                    problem(pointer + "/input", "must name the input that takes the file");
                }
                if (!file.path("url").asText().contains("://")) {
                    problem(pointer + "/url", "must be an http or https URL");
                } else if (folder.isPresent() && graph.node(slot.node()).isPresent()) {
                    models.values().removeIf(slot::equals);
                    model(slot, pointer + "/url", folder.get(), file.path("url").asText());
                }
            }
        }

        private void problem(String pointer, String detail) {
            problems.add(new Problem(pointer, detail));
        }
    }
}
