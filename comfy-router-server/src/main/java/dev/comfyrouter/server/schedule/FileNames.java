package dev.comfyrouter.server.schedule;

import dev.comfyrouter.server.download.PresentFiles;
import dev.comfyrouter.workflows.ImageRef;
import dev.comfyrouter.workflows.ImageUse;
import dev.comfyrouter.workflows.ModelFolder;
import dev.comfyrouter.workflows.ModelRef;
import dev.comfyrouter.workflows.ModelUse;
import dev.comfyrouter.workflows.PictureHeader;
import dev.comfyrouter.workflows.Recipe;

/// The names of a task's files as long as no node is chosen: a graph with them has the classes that it will have.
final class FileNames implements Recipe.Files {
    private final PresentFiles files;

    FileNames(PresentFiles files) {
        this.files = files;
    }

    @Override
    public String model(ModelUse use) {
        return switch (use.ref()) {
            case ModelRef.Named(String name) -> name;
            case ModelRef.Remote remote -> link(use.folder(), remote).name();
        };
    }

    @Override
    public Picture image(ImageUse use) {
        return switch (use.ref()) {
            case ImageRef.Named(String name, int width, int height) -> new Picture(name, width, height);
            case ImageRef.Inline inline -> picture(inline.sha256(), inline.header());
            case ImageRef.Remote remote -> {
                PresentFiles.Picture picture = picture(remote);
                yield picture(picture.sha256(), picture.header());
            }
        };
    }

    PresentFiles.Link link(ModelFolder folder, ModelRef.Remote remote) {
        return files.model(folder, remote)
                .orElseThrow(() -> new IllegalStateException("a model by URL was not fetched before it was needed"));
    }

    PresentFiles.Picture picture(ImageRef.Remote remote) {
        return files.picture(remote)
                .orElseThrow(() -> new IllegalStateException("a picture by URL was not fetched before it was needed"));
    }

    static Picture picture(String name, PictureHeader header) {
        return new Picture(name, header.width(), header.height(), header.animated());
    }
}
