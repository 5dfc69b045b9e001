package dev.comfyrouter.workflows;

import java.util.Optional;

/// The files of one recipe, asked for by their place in the parameters.
final class FilesOfRecipe {
    private final Recipe.Files files;

    FilesOfRecipe(Recipe.Files files) {
        this.files = files;
    }

    String model(String pointer, ModelFolder folder, ModelRef ref) {
        return files.model(new ModelUse(pointer, folder, ref));
    }

    Recipe.Files.Picture image(String pointer, ImageRef ref) {
        return files.image(new ImageUse(pointer, ref));
    }

    Optional<Size> size(String pointer, Optional<ImageRef> ref) {
        return ref.map(found -> image(pointer, found)).map(picture -> new Size(picture.width(), picture.height()));
    }
}
