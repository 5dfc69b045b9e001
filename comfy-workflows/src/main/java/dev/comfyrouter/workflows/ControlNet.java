package dev.comfyrouter.workflows;

import java.math.BigDecimal;
import java.util.Optional;

/// A ControlNet that steers the composition by a picture.
///
/// @param model a file of `models/controlnet`, or one to fetch
/// @param image the picture; the input picture of the recipe when empty
/// @param preprocessing what is made of the picture first; nothing when empty
/// @param weight 0 to 10
/// @param startAt 0 to 1: the share of the steps after which it begins
/// @param endAt `startAt` to 1: the share of the steps after which it ends
/// @param resize how the picture is brought to the output size
/// @param unionType the kind of picture for a union model that knows several
public record ControlNet(
        ModelRef model,
        Optional<ImageRef> image,
        Optional<Preprocessing> preprocessing,
        BigDecimal weight,
        BigDecimal startAt,
        BigDecimal endAt,
        Resize resize,
        Optional<UnionType> unionType) {

    /// How a picture of another shape is brought to the output size.
    public enum Resize {
        /// Every pixel stays, proportions change.
        STRETCH("stretch", "Just Resize"),
        /// Proportions stay, what is too much is cut off.
        CROP("crop", "Crop and Resize"),
        /// Proportions stay, the rest is filled with black.
        PAD("pad", "Resize and Fill");

        private final String word;
        private final String oldWord;

        Resize(String word, String oldWord) {
            this.word = word;
            this.oldWord = oldWord;
        }

        String word() {
            return word;
        }

        String oldWord() {
            return oldWord;
        }
    }

    /// What the picture for a union model shows; ComfyUI's `SetUnionControlNetType`.
    public enum UnionType {
        AUTO("auto"),
        OPENPOSE("openpose"),
        DEPTH("depth"),
        SOFT_EDGE("hed/pidi/scribble/ted"),
        HARD_EDGE("canny/lineart/anime_lineart/mlsd"),
        NORMAL("normal"),
        SEGMENT("segment"),
        TILE("tile"),
        REPAINT("repaint");

        private final String word;

        UnionType(String word) {
            this.word = word;
        }

        String word() {
            return word;
        }
    }

    public ControlNet {
        weight = Parts.CONTROL_WEIGHT.checked("weight", Numbers.tidy(weight));
        startAt = Parts.SHARE.checked("start_at", Numbers.tidy(startAt));
        endAt = Parts.SHARE.checked("end_at", Numbers.tidy(endAt));
        if (startAt.compareTo(endAt) > 0)
            throw new IllegalArgumentException(
                    "start_at is " + startAt + ", behind end_at " + endAt + "; exchange them");
    }

    /// A ControlNet that is steered by this picture.
    public static Builder builder(ModelRef model, ImageRef image) {
        return new Builder(model, Optional.of(image));
    }

    /// A ControlNet that is steered by the input picture of the recipe.
    public static Builder builder(ModelRef model) {
        return new Builder(model, Optional.empty());
    }

    /// Settings of a ControlNet that may be left as they are.
    public static final class Builder {
        private final ModelRef model;
        private final Optional<ImageRef> image;
        private Optional<Preprocessing> preprocessing = Optional.empty();
        private BigDecimal weight = BigDecimal.ONE;
        private BigDecimal startAt = BigDecimal.ZERO;
        private BigDecimal endAt = BigDecimal.ONE;
        private Resize resize = Resize.CROP;
        private Optional<UnionType> unionType = Optional.empty();

        private Builder(ModelRef model, Optional<ImageRef> image) {
            this.model = model;
            this.image = image;
        }

        public Builder preprocessing(Preprocessing how) {
            preprocessing = Optional.of(how);
            return this;
        }

        /// 0 to 10, 1 unless set.
        public Builder weight(double value) {
            weight = Parts.CONTROL_WEIGHT.checked("weight", value);
            return this;
        }

        /// The part of the sampling it takes part in, both 0 to 1; all of it unless set.
        public Builder between(double start, double end) {
            var first = Parts.SHARE.checked("start_at", start);
            var last = Parts.SHARE.checked("end_at", end);
            if (first.compareTo(last) > 0)
                throw new IllegalArgumentException(
                        "start_at is " + start + ", behind end_at " + end + "; exchange them");
            startAt = first;
            endAt = last;
            return this;
        }

        /// [Resize#CROP] unless set.
        public Builder resize(Resize how) {
            resize = how;
            return this;
        }

        public Builder unionType(UnionType type) {
            unionType = Optional.of(type);
            return this;
        }

        public ControlNet build() {
            return new ControlNet(model, image, preprocessing, weight, startAt, endAt, resize, unionType);
        }
    }
}
