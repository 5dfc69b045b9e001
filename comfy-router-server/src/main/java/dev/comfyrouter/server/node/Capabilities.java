package dev.comfyrouter.server.node;

import dev.comfyrouter.workflows.InputType;
import dev.comfyrouter.workflows.ModelFolder;
import dev.comfyrouter.workflows.NodeCatalog;
import java.lang.ref.WeakReference;
import java.util.Collection;
import java.util.Collections;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.WeakHashMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Collectors;

/// The node classes and model files of a node: what is kept of its `/object_info`.
///
/// A catalog of a node with many extensions is megabytes; this is names only, and equal names of many nodes are
/// one string, equal capabilities one object.
///
/// @param classes the node classes it knows
/// @param models the names of its model files, with separators normalised to `/`, and how the node itself
///     spells them
/// @param samplers the sampler names of its `KSampler`
/// @param schedulers the scheduler names of its `KSampler`
public record Capabilities(
        Set<String> classes,
        Map<ModelFolder, Map<String, String>> models,
        Set<String> samplers,
        Set<String> schedulers) {
    /// What the nodes of this process have, as long as one of them has it.
    private static final Map<Capabilities, WeakReference<Capabilities>> KNOWN = new WeakHashMap<>();

    private static final ReentrantLock LOCK = new ReentrantLock();

    public Capabilities {
        classes = Set.copyOf(classes);
        Map<ModelFolder, Map<String, String>> folders = new EnumMap<>(ModelFolder.class);
        models.forEach((folder, names) -> folders.put(folder, Map.copyOf(names)));
        models = Collections.unmodifiableMap(folders);
        samplers = Set.copyOf(samplers);
        schedulers = Set.copyOf(schedulers);
    }

    public static Capabilities of(NodeCatalog catalog) {
        Map<ModelFolder, Map<String, String>> models = new EnumMap<>(ModelFolder.class);
        for (String nodeClass : catalog.classes()) {
            catalog.type(nodeClass).stream()
                    .flatMap(type -> type.inputs().stream())
                    .forEach(input -> {
                        if (input.type() instanceof InputType.ModelFile file) {
                            file.names()
                                    .ifPresent(names -> models.computeIfAbsent(file.folder(), f -> new HashMap<>())
                                            .putAll(spellings(names)));
                        }
                    });
        }
        return shared(new Capabilities(
                interned(catalog.classes()),
                models,
                interned(catalog.options("KSampler", "sampler_name")),
                interned(catalog.options("KSampler", "scheduler"))));
    }

    /// The same, with these classes as they were just looked at: those that `fresh` lacks are gone.
    public Capabilities refreshed(Set<String> asked, NodeCatalog fresh) {
        Capabilities seen = of(fresh);
        Set<String> all = new HashSet<>(classes);
        all.removeAll(asked);
        all.addAll(seen.classes);
        Map<ModelFolder, Map<String, String>> files = new EnumMap<>(ModelFolder.class);
        files.putAll(models);
        files.putAll(seen.models);
        return shared(new Capabilities(
                Set.copyOf(all),
                files,
                seen.samplers.isEmpty() ? samplers : seen.samplers,
                seen.schedulers.isEmpty() ? schedulers : seen.schedulers));
    }

    /// How this node spells a model's name, or empty when it has no such file.
    public Optional<String> spelling(ModelFolder folder, String name) {
        return Optional.ofNullable(models.getOrDefault(folder, Map.of()).get(normal(name)));
    }

    /// With `/` between directories, as on every system but Windows.
    static String normal(String name) {
        return name.replace('\\', '/');
    }

    private static Capabilities shared(Capabilities fresh) {
        LOCK.lock();
        try {
            Capabilities same = KNOWN.computeIfAbsent(fresh, WeakReference::new).get();
            return same == null ? fresh : same;
        } finally {
            LOCK.unlock();
        }
    }

    private static Map<String, String> spellings(Collection<String> names) {
        Map<String, String> byName = new HashMap<>();
        names.forEach(name -> byName.put(interned(normal(name)), interned(name)));
        return byName;
    }

    private static Set<String> interned(Collection<String> names) {
        return names.stream().map(Capabilities::interned).collect(Collectors.toUnmodifiableSet());
    }

    /// The JVM's own table forgets names that no node has any more.
    private static String interned(String name) {
        return name.intern();
    }
}
