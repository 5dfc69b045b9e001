package dev.comfyrouter.server.schedule;

import dev.comfyrouter.server.download.PresentFiles;
import dev.comfyrouter.server.task.Plan;
import dev.comfyrouter.workflows.InvalidWorkflow;
import dev.comfyrouter.workflows.ModelRef;
import dev.comfyrouter.workflows.ModelUse;
import dev.comfyrouter.workflows.Workflow;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/// Derives what a plan needs of a node from the graph it would emit; equal needs of many tasks are one object.
final class NeedsOf {
    private static final int KNOWN = 10_000;

    private final ConcurrentMap<Needs, Needs> known = new ConcurrentHashMap<>();

    /// @param files what the plan names by URL
    /// @throws InvalidWorkflow when the pictures do not fit the parameters
    Needs plan(Plan plan, PresentFiles files) {
        var names = new FileNames(files);
        Set<String> classes = new LinkedHashSet<>();
        for (Workflow.Node node : plan.workflow(names).nodes()) {
            classes.add(node.classType());
        }
        Set<Needs.Model> models = new LinkedHashSet<>();
        Set<Needs.Model> linked = new LinkedHashSet<>();
        Set<Needs.Model> pickles = new LinkedHashSet<>();
        for (ModelUse use : plan.models()) {
            switch (use.ref()) {
                case ModelRef.Named(String name) -> models.add(new Needs.Model(use.folder(), name));
                case ModelRef.Remote remote -> {
                    PresentFiles.Link link = names.link(use.folder(), remote);
                    var model = new Needs.Model(link.folder(), link.name());
                    linked.add(model);
                    if (link.pickle()) {
                        pickles.add(model);
                    }
                }
            }
        }
        Needs needs = new Needs(classes, models, linked, pickles);
        if (known.size() >= KNOWN) {
            known.clear(); // sharing saves memory, and nothing depends on it
        }
        Needs same = known.putIfAbsent(needs, needs);
        return same == null ? needs : same;
    }
}
