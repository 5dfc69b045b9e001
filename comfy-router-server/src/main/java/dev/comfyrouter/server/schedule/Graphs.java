package dev.comfyrouter.server.schedule;

import dev.comfyrouter.client.ComfyException;
import dev.comfyrouter.server.download.InputFiles;
import dev.comfyrouter.server.node.About;
import dev.comfyrouter.server.node.Node;
import dev.comfyrouter.server.task.Failure;
import dev.comfyrouter.server.task.FailureClass;
import dev.comfyrouter.server.task.Plan;
import dev.comfyrouter.workflows.ImageRef;
import dev.comfyrouter.workflows.ImageUse;
import dev.comfyrouter.workflows.ModelRef;
import dev.comfyrouter.workflows.ModelUse;
import dev.comfyrouter.workflows.Recipe;
import dev.comfyrouter.workflows.Workflow;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;

/// The exact graph that a node is sent: with its pictures uploaded, and every file named as this node names it.
final class Graphs {
    private static final String FOLDER = "comfy-router";

    private final Plans plans;
    private final InputFiles inputs;

    Graphs(Plans plans, InputFiles inputs) {
        this.plans = plans;
        this.inputs = inputs;
    }

    /// No graph can be made; the reason is the task's.
    static final class Impossible extends Exception {
        private static final long serialVersionUID = 1L;

        private final transient Failure failure;

        Impossible(Failure failure) {
            super(failure.message());
            this.failure = failure;
        }

        Failure failure() {
            return failure;
        }
    }

    /// @throws ComfyException when the node does not take the pictures
    Workflow forNode(Run run) throws InterruptedException, Impossible {
        Plan plan = plans.of(run.task().task());
        Map<ImageRef, Recipe.Files.Picture> pictures = new HashMap<>();
        for (ImageUse use : plan.images()) {
            pictures.put(use.ref(), picture(run.node(), use.ref()));
        }
        Workflow graph = plan.workflow(new Recipe.Files() {
            @Override
            public String model(ModelUse use) {
                return spelling(run.node(), use);
            }

            @Override
            public Picture image(ImageUse use) {
                return Objects.requireNonNull(pictures.get(use.ref()));
            }
        });
        return OutputNames.unique(graph, run.promptId());
    }

    private static String spelling(Node node, ModelUse use) {
        return switch (use.ref()) {
            case ModelRef.Named(String name) ->
                node.state()
                        .about()
                        .flatMap(About::capabilities)
                        .flatMap(can -> can.spelling(use.folder(), name))
                        .orElse(name);
            case ModelRef.Remote remote ->
                throw new IllegalStateException("a file by URL reached a node without having been fetched");
        };
    }

    private Recipe.Files.Picture picture(Node node, ImageRef ref) throws InterruptedException, Impossible {
        return switch (ref) {
            case ImageRef.Named(String name, int width, int height) -> new Recipe.Files.Picture(name, width, height);
            case ImageRef.Inline inline ->
                new Recipe.Files.Picture(
                        upload(node, inline.sha256(), inline.header().format().extension()),
                        inline.header().width(),
                        inline.header().height());
            case ImageRef.Remote remote ->
                throw new IllegalStateException("a picture by URL reached a node without having been fetched");
        };
    }

    /// The name under which the node has the picture; uploaded once per node and picture.
    private String upload(Node node, String sha256, String extension) throws InterruptedException, Impossible {
        String known = node.uploads().get(sha256);
        if (known != null) {
            return known;
        }
        Path file = inputs.path(sha256);
        try {
            String name = node.client()
                    .uploadImage(sha256 + "." + extension, file, FOLDER, false)
                    .reference();
            node.uploads().put(sha256, name);
            return name;
        } catch (IOException missing) {
            throw new Impossible(Failure.of(
                    FailureClass.INPUT, "a picture of the request cannot be read any more: send the request again"));
        }
    }
}
