package dev.comfyrouter.workflows;

/// Files that are on the node under the names of the recipe.
enum NamedFiles implements Recipe.Files {
    INSTANCE;

    @Override
    public String model(ModelUse use) {
        return switch (use.ref()) {
            case ModelRef.Named(var name) -> name;
            case ModelRef.Remote remote -> throw missing(use.pointer());
        };
    }

    @Override
    public Picture image(ImageUse use) {
        return switch (use.ref()) {
            case ImageRef.Named(var name, var width, var height) -> new Picture(name, width, height);
            case ImageRef.Remote remote -> throw missing(use.pointer());
            case ImageRef.Inline inline -> throw missing(use.pointer());
        };
    }

    private static IllegalStateException missing(String pointer) {
        return new IllegalStateException(pointer
                + " is not on the node: bring it there and say so with workflow(Files), or name a file that is");
    }
}
