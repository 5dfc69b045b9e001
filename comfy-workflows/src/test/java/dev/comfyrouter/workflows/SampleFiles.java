package dev.comfyrouter.workflows;

import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/// A node that has every file a recipe asks for, under short names.
final class SampleFiles implements Recipe.Files {
    private final int width;
    private final int height;

    SampleFiles(int width, int height) {
        this.width = width;
        this.height = height;
    }

    @Override
    public String model(ModelUse use) {
        return switch (use.ref()) {
            case ModelRef.Named(var name) -> name;
            case ModelRef.Remote remote -> "fetched.safetensors";
        };
    }

    @Override
    public Picture image(ImageUse use) {
        var name = use.pointer().substring(1).replace('/', '-') + ".png";
        return switch (use.ref()) {
            case ImageRef.Inline inline ->
                new Picture(name, inline.header().width(), inline.header().height());
            case ImageRef.Named(var own, var itsWidth, var itsHeight) -> new Picture(own, itsWidth, itsHeight);
            case ImageRef.Remote remote -> new Picture(name, width, height);
        };
    }

    /// The catalog of that node, with the preprocessors of the node pack.
    NodeCatalog complete(NodeCatalog catalog, Recipe recipe) {
        var names = new LinkedHashMap<ModelFolder, Set<String>>();
        for (var use : recipe.models())
            names.computeIfAbsent(use.folder(), folder -> new LinkedHashSet<>()).add(model(use));
        var packs = Preprocessor.ALL.stream()
                .filter(each -> each.pack().isPresent())
                .map(Preprocessor::type);
        return NodeCatalog.of(Stream.concat(catalog.types().stream(), packs).toList())
                .withModels(Map.copyOf(names));
    }

    static List<Problem> check(NodeCatalog catalog, Recipe recipe, SampleFiles files) {
        var workflow = recipe.workflow(files);
        var complete = files.complete(catalog, recipe);
        return Stream.concat(complete.check(workflow).stream(), complete.lint(workflow).stream())
                .toList();
    }
}
