package dev.comfyrouter.server.download;

import dev.comfyrouter.workflows.ImageRef;
import dev.comfyrouter.workflows.ModelFolder;
import dev.comfyrouter.workflows.ModelRef;
import dev.comfyrouter.workflows.PictureHeader;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The files by URL of a task, as they lie on the router's disk while it holds their leases.
///
/// @param sha256s of all of them, in the order in which the task wants them
/// @param models what the nodes that share the models folder find there
/// @param pictures what is uploaded to the node that runs the task
public record PresentFiles(
        List<String> sha256s, Map<RemoteFiles.Model, Link> models, Map<ImageRef.Remote, Picture> pictures) {
    /// A task that names no file by URL.
    public static final PresentFiles NONE = new PresentFiles(List.of(), Map.of(), Map.of());

    /// A model in the models folder.
    ///
    /// @param size in bytes
    /// @param pickle whether loading it can run code
    public record Link(ModelFolder folder, String name, long size, boolean pickle) {}

    /// A picture whose header has been checked.
    public record Picture(String sha256, Path path, PictureHeader header) {}

    public PresentFiles {
        sha256s = List.copyOf(sha256s);
        models = Map.copyOf(models);
        pictures = Map.copyOf(pictures);
    }

    public Optional<Link> model(ModelFolder folder, ModelRef.Remote ref) {
        return Optional.ofNullable(models.get(new RemoteFiles.Model(folder, ref)));
    }

    public Optional<Picture> picture(ImageRef.Remote ref) {
        return Optional.ofNullable(pictures.get(ref));
    }

    public Collection<Link> links() {
        return models.values();
    }
}
