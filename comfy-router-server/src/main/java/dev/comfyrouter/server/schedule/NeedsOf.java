package dev.comfyrouter.server.schedule;

import dev.comfyrouter.server.task.Plan;
import dev.comfyrouter.workflows.ImageRef;
import dev.comfyrouter.workflows.ImageUse;
import dev.comfyrouter.workflows.ModelRef;
import dev.comfyrouter.workflows.ModelUse;
import dev.comfyrouter.workflows.Recipe;
import dev.comfyrouter.workflows.Workflow;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/// Derives what a plan needs of a node from the graph it would emit; equal needs of many tasks are one object.
final class NeedsOf {
    private static final int KNOWN = 10_000;

    private final ConcurrentMap<Needs, Needs> known = new ConcurrentHashMap<>();

    Needs plan(Plan plan) {
        Set<String> classes = new LinkedHashSet<>();
        for (Workflow.Node node : plan.workflow(new Placeholders()).nodes()) {
            classes.add(node.classType());
        }
        Set<Needs.Model> models = new LinkedHashSet<>();
        Set<Needs.Model> linked = new LinkedHashSet<>();
        for (ModelUse use : plan.models()) {
            switch (use.ref()) {
                case ModelRef.Named(String name) -> models.add(new Needs.Model(use.folder(), name));
                case ModelRef.Remote remote -> linked.add(new Needs.Model(use.folder(), Placeholders.name(remote)));
            }
        }
        Needs needs = new Needs(classes, models, linked);
        if (known.size() >= KNOWN) {
            known.clear(); // sharing saves memory, and nothing depends on it
        }
        Needs same = known.putIfAbsent(needs, needs);
        return same == null ? needs : same;
    }

    /// Stands in for the names on a node, which are not known before one is chosen and do not change the classes.
    private static final class Placeholders implements Recipe.Files {
        @Override
        public String model(ModelUse use) {
            return switch (use.ref()) {
                case ModelRef.Named(String name) -> name;
                case ModelRef.Remote remote -> name(remote);
            };
        }

        @Override
        public Picture image(ImageUse use) {
            return switch (use.ref()) {
                case ImageRef.Named(String name, int width, int height) -> new Picture(name, width, height);
                case ImageRef.Inline inline ->
                    new Picture(
                            inline.sha256(),
                            inline.header().width(),
                            inline.header().height());
                case ImageRef.Remote remote -> new Picture("remote.png", 512, 512);
            };
        }

        static String name(ModelRef.Remote remote) {
            String path = remote.url().getPath();
            return path.substring(path.lastIndexOf('/') + 1);
        }
    }
}
