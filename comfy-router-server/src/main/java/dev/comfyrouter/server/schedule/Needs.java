package dev.comfyrouter.server.schedule;

import dev.comfyrouter.workflows.ModelFolder;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// What the graph of a task needs of a node, as far as it is known before a node is chosen.
///
/// @param classes the node classes it uses
/// @param models the files it names, which the node must have; not those that the router brings
/// @param linked the files that the router links into the models folder: only a node that sees the folder can run it
/// @param pickles those of `linked` that can run code when they are loaded: only a node that prevents it can run it
public record Needs(Set<String> classes, Set<Model> models, Set<Model> linked, Set<Model> pickles) {
    /// Nothing is known of it, because its files are not here yet.
    static final Needs UNKNOWN = new Needs(Set.of(), Set.of(), Set.of());

    public Needs(Set<String> classes, Set<Model> models, Set<Model> linked) {
        this(classes, models, linked, Set.of());
    }

    /// A model file in its folder, with `/` between directories.
    public record Model(ModelFolder folder, String name) {
        @Override
        public String toString() {
            return folder.folder() + "/" + name;
        }
    }

    public Needs {
        classes = Set.copyOf(classes);
        models = Set.copyOf(models);
        linked = Set.copyOf(linked);
        pickles = Set.copyOf(pickles);
    }

    /// The names of all models, by which a node is known to have them loaded.
    public Set<String> modelNames() {
        return Stream.concat(models.stream(), linked.stream())
                .map(Model::toString)
                .collect(Collectors.toUnmodifiableSet());
    }
}
