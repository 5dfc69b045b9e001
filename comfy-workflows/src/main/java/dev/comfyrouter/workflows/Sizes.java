package dev.comfyrouter.workflows;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// The sizes that a request comes to: what is sampled, what the hires pass makes of it, and the final picture.
///
/// @param sampled the latent's size in pixels
/// @param decoded after the hires pass
/// @param finished after upscaling
record Sizes(Size sampled, Size decoded, Size finished) {
    /// ComfyUI's own limit of a side.
    private static final int LARGEST = 16_384;
    /// What Flux Kontext was trained on.
    private static final double MEGAPIXEL = 1024 * 1024;

    /// Where a problem of size is reported, and what follows from the parameters.
    record Result(Optional<Sizes> sizes, List<Problem> problems) {}

    /// @param input the size of the input image, when there is one
    /// @param reference the size of the first Kontext picture, when there is one
    static Result of(Values values, Optional<Size> input, Optional<Size> reference) {
        var problems = new ArrayList<Problem>();
        var sampled = sampled(values, input, reference);
        if (input.isPresent() && sampled.longest() > Size.LARGEST)
            problems.add(new Problem(
                    "/input_image",
                    "input_image: the picture is " + input.get() + "; give width and height, each at most "
                            + Size.LARGEST));
        var decoded = values.given(Table.HIRES)
                .map(hires -> sampled.latentTimes(hires.scale()))
                .orElse(sampled);
        var finished = values.given(Table.UPSCALE)
                .map(upscale -> decoded.times(upscale.scale()))
                .orElse(decoded);
        if (problems.isEmpty() && decoded.longest() > LARGEST)
            problems.add(new Problem("/hires/scale", tooLarge("scale", decoded)));
        else if (problems.isEmpty() && finished.longest() > LARGEST)
            problems.add(new Problem("/upscale/scale", tooLarge("scale", finished)));
        return problems.isEmpty()
                ? new Result(Optional.of(new Sizes(sampled, decoded, finished)), problems)
                : new Result(Optional.empty(), problems);
    }

    private static String tooLarge(String name, Size size) {
        return name + " makes the picture " + size + "; ComfyUI allows at most " + LARGEST + " pixels a side";
    }

    private static Size sampled(Values values, Optional<Size> input, Optional<Size> reference) {
        var unit = unit(values.type());
        var width = values.given(Table.WIDTH);
        var height = values.given(Table.HEIGHT);
        if (width.isPresent() && height.isPresent()) return new Size(width.get(), height.get());
        var model = input.or(() -> reference);
        if (model.isEmpty()) {
            var side = values.type() == RecipeType.SD15 ? 512 : 1024;
            return new Size(width.orElse(side), height.orElse(side));
        }
        if (width.isPresent()) return model.get().withWidth(width.get(), unit);
        if (height.isPresent()) return model.get().withHeight(height.get(), unit);
        return input.isPresent() ? input.get().cutTo(unit) : model.get().withPixels(MEGAPIXEL, unit);
    }

    static int unit(RecipeType type) {
        return type == RecipeType.FLUX ? 16 : 8;
    }

    /// The size of a picture that is known without fetching it.
    static Optional<Size> known(ImageRef image) {
        return switch (image) {
            case ImageRef.Named(var name, var width, var height) -> Optional.of(new Size(width, height));
            case ImageRef.Inline inline ->
                Optional.of(new Size(inline.header().width(), inline.header().height()));
            case ImageRef.Remote remote -> Optional.empty();
        };
    }
}
