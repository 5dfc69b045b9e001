package dev.comfyrouter.workflows;

import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;

/// The node classes of one ComfyUI server, immutable: what a graph may use there.
public final class NodeCatalog {
    private static final NodeCatalog CORE = core(ComfyVersion.NEWEST);

    private final Map<String, NodeType> types;

    private NodeCatalog(Map<String, NodeType> types) {
        this.types = Collections.unmodifiableMap(types);
    }

    /// A catalog of these classes; of two with one name the later one counts.
    public static NodeCatalog of(Collection<NodeType> types) {
        var byName = new LinkedHashMap<String, NodeType>();
        types.forEach(type -> byName.put(type.name(), type));
        return new NodeCatalog(byName);
    }

    /// Reads the answer of `GET /object_info` or `GET /object_info/{class}`, in both spellings of lists of
    /// names: the array of older nodes and `["COMBO", {"options": [...]}]` of newer ones. A class that
    /// cannot be read is left out.
    ///
    /// @throws IOException when the stream breaks or is not JSON
    public static NodeCatalog parse(InputStream objectInfo) throws IOException {
        return of(ObjectInfo.read(Json.parse(objectInfo)));
    }

    /// Our own declarations of the nodes that ship with ComfyUI and that recipes and [Graph] use, as
    /// ComfyUI 0.33.0 has them. No model file is known here, so that names of files are not checked.
    public static NodeCatalog core() {
        return CORE;
    }

    /// The same declarations as that version of ComfyUI has them; differences between 0.3.64 and 0.33.0 are
    /// known.
    ///
    /// @param comfyVersion such as `0.3.64`
    public static NodeCatalog core(String comfyVersion) {
        return core(ComfyVersion.parse(comfyVersion));
    }

    private static NodeCatalog core(ComfyVersion version) {
        return of(Stream.of(
                        CoreLoaders.nodes(),
                        CoreConditioning.nodes(),
                        CoreLatents.nodes(),
                        CoreSampling.nodes(),
                        CoreImages.nodes())
                .flatMap(List::stream)
                .flatMap(declaration -> declaration.in(version).stream())
                .toList());
    }

    /// The names of all classes.
    public Set<String> classes() {
        return types.keySet();
    }

    /// All classes.
    public Collection<NodeType> types() {
        return types.values();
    }

    public Optional<NodeType> type(String name) {
        return Optional.ofNullable(types.get(name));
    }

    /// What a list input offers: names of a choice, or of the files the server has. Empty when it is no
    /// list or not known.
    public List<String> options(String classType, String input) {
        return type(classType)
                .flatMap(type -> type.input(input))
                .map(found -> switch (found.type()) {
                    case InputType.Choice choice -> choice.options();
                    case InputType.ModelFile file -> file.names().orElse(List.of());
                    case InputType.UserFile file -> file.names();
                    case InputType.Wire wire -> List.<String>of();
                    case InputType.Text text -> List.<String>of();
                    case InputType.Whole whole -> List.<String>of();
                    case InputType.Decimal decimal -> List.<String>of();
                    case InputType.Flag flag -> List.<String>of();
                    case InputType.Other other -> List.<String>of();
                })
                .orElse(List.of());
    }

    /// The files of a model folder that the server's loaders list, in the server's order.
    public Set<String> models(ModelFolder folder) {
        var names = new LinkedHashSet<String>();
        for (var type : types.values())
            for (var input : type.inputs())
                if (input.type() instanceof InputType.ModelFile file && file.folder() == folder)
                    file.names().ifPresent(names::addAll);
        return names;
    }

    /// A copy in which the loaders of these folders also know these files: the catalog as it will be when
    /// they are there.
    public NodeCatalog withModels(Map<ModelFolder, ? extends Collection<String>> files) {
        return mapInputs(input -> input.type() instanceof InputType.ModelFile(var folder, var names)
                        && names.isPresent()
                        && files.containsKey(folder)
                ? new NodeInput(
                        input.name(),
                        input.required(),
                        new InputType.ModelFile(folder, names.map(known -> joined(known, files.get(folder)))))
                : input);
    }

    /// A copy in which one list input of one class also offers this name.
    public NodeCatalog withOption(String classType, String input, String option) {
        var type = types.get(classType);
        if (type == null) return this;
        var changed = new LinkedHashMap<>(types);
        changed.put(
                classType,
                withInputs(
                        type,
                        each -> each.name().equals(input)
                                        && each.type() instanceof InputType.Choice(var options, var standard)
                                ? new NodeInput(
                                        input,
                                        each.required(),
                                        new InputType.Choice(joined(options, List.of(option)), standard))
                                : each));
        return new NodeCatalog(changed);
    }

    private NodeCatalog mapInputs(Function<NodeInput, NodeInput> change) {
        var changed = new LinkedHashMap<String, NodeType>();
        types.forEach((name, type) -> changed.put(name, withInputs(type, change)));
        return new NodeCatalog(changed);
    }

    private static NodeType withInputs(NodeType type, Function<NodeInput, NodeInput> change) {
        return new NodeType(
                type.name(),
                type.displayName(),
                type.category(),
                type.inputs().stream().map(change).toList(),
                type.outputs(),
                type.outputNode());
    }

    private static List<String> joined(List<String> known, Collection<String> more) {
        var all = new LinkedHashSet<>(known);
        all.addAll(more);
        return new ArrayList<>(all);
    }

    /// Everything for which this server would refuse the graph, or fail when it runs it: unknown classes,
    /// missing inputs, values out of range or not in the list, wires of the wrong type, dangling links,
    /// cycles, nothing to run. As ComfyUI does, it looks for unknown classes everywhere and at values only
    /// where they lead to an output node.
    ///
    /// @return problems with pointers into the graph; empty when it fits
    public List<Problem> check(Workflow workflow) {
        return GraphCheck.problems(this, workflow);
    }

    /// What the server accepts and nobody means: inputs it does not know and ignores, numbers as text, and
    /// the text `"false"`, which ComfyUI takes for true.
    ///
    /// @return problems with pointers into the graph
    public List<Problem> lint(Workflow workflow) {
        return GraphCheck.oddities(this, workflow);
    }
}
