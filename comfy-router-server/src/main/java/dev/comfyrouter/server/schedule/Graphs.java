package dev.comfyrouter.server.schedule;

import dev.comfyrouter.client.ComfyException;
import dev.comfyrouter.server.download.Downloads;
import dev.comfyrouter.server.download.InputFiles;
import dev.comfyrouter.server.download.PresentFiles;
import dev.comfyrouter.server.node.About;
import dev.comfyrouter.server.node.Node;
import dev.comfyrouter.server.task.Failure;
import dev.comfyrouter.server.task.FailureClass;
import dev.comfyrouter.server.task.Plan;
import dev.comfyrouter.workflows.ImageRef;
import dev.comfyrouter.workflows.ImageUse;
import dev.comfyrouter.workflows.ModelRef;
import dev.comfyrouter.workflows.ModelUse;
import dev.comfyrouter.workflows.PictureHeader;
import dev.comfyrouter.workflows.Recipe;
import dev.comfyrouter.workflows.Workflow;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/// The exact graph that a node is sent: with its pictures uploaded, and every file named as this node names it.
final class Graphs {
    private static final String FOLDER = "comfy-router";

    private final Plans plans;
    private final InputFiles inputs;
    private final Downloads downloads;
    private final LinkSight sight;

    Graphs(Plans plans, InputFiles inputs, Downloads downloads, LinkSight sight) {
        this.plans = plans;
        this.inputs = inputs;
        this.downloads = downloads;
        this.sight = sight;
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
        PresentFiles files = downloads.of(run.number()).orElse(PresentFiles.NONE);
        Optional<String> unseen = sight.missing(run, files);
        if (unseen.isPresent()) {
            throw new Impossible(Failure.of(FailureClass.MISSING, unseen.get()));
        }
        var names = new FileNames(files);
        Map<ImageRef, Recipe.Files.Picture> pictures = new HashMap<>();
        for (ImageUse use : plan.images()) {
            pictures.put(use.ref(), picture(run.node(), use, names));
        }
        Workflow graph = plan.workflow(new Recipe.Files() {
            @Override
            public String model(ModelUse use) {
                return spelling(run.node(), use, names);
            }

            @Override
            public Picture image(ImageUse use) {
                return Objects.requireNonNull(pictures.get(use.ref()));
            }
        });
        return OutputNames.unique(graph, run.promptId());
    }

    private static String spelling(Node node, ModelUse use, FileNames names) {
        return switch (use.ref()) {
            case ModelRef.Named(String name) ->
                node.state()
                        .about()
                        .flatMap(About::capabilities)
                        .flatMap(can -> can.spelling(use.folder(), name))
                        .orElse(name);
            case ModelRef.Remote remote -> names.model(use);
        };
    }

    private Recipe.Files.Picture picture(Node node, ImageUse use, FileNames names)
            throws InterruptedException, Impossible {
        return switch (use.ref()) {
            case ImageRef.Named named -> names.image(use);
            case ImageRef.Inline inline ->
                uploaded(node, inline.sha256(), inputs.path(inline.sha256()), inline.header());
            case ImageRef.Remote remote -> {
                PresentFiles.Picture picture = names.picture(remote);
                yield uploaded(node, picture.sha256(), picture.path(), picture.header());
            }
        };
    }

    private static Recipe.Files.Picture uploaded(Node node, String sha256, Path file, PictureHeader header)
            throws InterruptedException, Impossible {
        return FileNames.picture(upload(node, sha256, file, header.format().extension()), header);
    }

    /// The name under which the node has the picture; uploaded once per node and picture.
    private static String upload(Node node, String sha256, Path file, String extension)
            throws InterruptedException, Impossible {
        String known = node.uploads().get(sha256);
        if (known != null) {
            return known;
        }
        try {
            String name = node.client()
                    .uploadImage(sha256 + "." + extension, file, FOLDER, false)
                    .reference();
            node.uploads().put(sha256, name);
            return name;
        } catch (IOException missing) {
            throw new Impossible(Failure.of(
                    FailureClass.INPUT, "a picture of the task cannot be read any more: send the request again"));
        }
    }
}
