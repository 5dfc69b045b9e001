package dev.comfyrouter.workflows;

/// What a wire of a graph carries. These types have no values; they are there for javac.
public sealed interface Slot {
    final class Model implements Slot {
        private Model() {}
    }

    final class Clip implements Slot {
        private Clip() {}
    }

    final class Vae implements Slot {
        private Vae() {}
    }

    final class Conditioning implements Slot {
        private Conditioning() {}
    }

    final class Latent implements Slot {
        private Latent() {}
    }

    final class Image implements Slot {
        private Image() {}
    }

    final class Mask implements Slot {
        private Mask() {}
    }

    final class Control implements Slot {
        private Control() {}
    }

    final class ClipVision implements Slot {
        private ClipVision() {}
    }

    final class ClipVisionOutput implements Slot {
        private ClipVisionOutput() {}
    }

    final class StyleModel implements Slot {
        private StyleModel() {}
    }

    final class UpscaleModel implements Slot {
        private UpscaleModel() {}
    }

    final class Sampler implements Slot {
        private Sampler() {}
    }

    final class Sigmas implements Slot {
        private Sigmas() {}
    }

    final class Noise implements Slot {
        private Noise() {}
    }

    final class Guider implements Slot {
        private Guider() {}
    }

    /// A type of somebody's own nodes, declared by extending this.
    non-sealed class Custom implements Slot {
        protected Custom() {}
    }
}
