package dev.comfyrouter.workflows;

import dev.comfyrouter.workflows.ImageNodes.Crop;
import dev.comfyrouter.workflows.ImageNodes.Loaded;
import dev.comfyrouter.workflows.Slot.Image;
import dev.comfyrouter.workflows.Slot.Mask;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/// The pictures of one recipe in one graph: each file is loaded once.
final class Pictures {
    private final Graph graph;
    private final FilesOfRecipe files;
    private final Map<String, Loaded> loaded = new HashMap<>();

    Pictures(Graph graph, FilesOfRecipe files) {
        this.graph = graph;
        this.files = files;
    }

    Wire<Image> load(String pointer, ImageRef ref) {
        return loaded(files.image(pointer, ref)).image();
    }

    private Loaded loaded(Recipe.Files.Picture picture) {
        var known = loaded.get(picture.name());
        if (known != null) return known;
        var node = graph.images().load(picture.name());
        var first = picture.animated() ? new Loaded(graph.images().ofBatch(node.image(), 0), node.mask()) : node;
        loaded.put(picture.name(), first);
        return first;
    }

    /// The picture in that size; cut to the same shape, never stretched.
    Wire<Image> fitted(String pointer, ImageRef ref, Size size) {
        var picture = files.image(pointer, ref);
        var image = loaded(picture).image();
        return hasSize(picture, size) ? image : graph.images().scale(image, size.width(), size.height(), Crop.CENTER);
    }

    private static boolean hasSize(Recipe.Files.Picture picture, Size size) {
        return picture.width() == size.width() && picture.height() == size.height();
    }

    /// Where the input image is painted anew, in that size and widened; empty without a mask.
    Optional<Wire<Mask>> mask(Values values, Size size) {
        if (!Rules.isInpainting(values)) return Optional.empty();
        var mask = values.given(Table.INPUT_MASK)
                .map(ref -> graph.images().toMask(fitted("/input_mask", ref, size)))
                .orElseGet(() -> transparency(values.get(Table.INPUT_IMAGE), size));
        return Optional.of(graph.images().grow(mask, values.get(Table.MASK_GROW)));
    }

    private Wire<Mask> transparency(ImageRef ref, Size size) {
        var picture = files.image("/input_image", ref);
        var mask = loaded(picture).mask();
        return hasSize(picture, size) ? mask : scaled(mask, size, Crop.CENTER);
    }

    Wire<Mask> scaled(Wire<Mask> mask, Size size, Crop crop) {
        var images = graph.images();
        return images.toMask(images.scale(images.fromMask(mask), size.width(), size.height(), crop));
    }
}
