package dev.comfyrouter.testkit;

import java.math.BigInteger;
import java.util.Optional;

/// What flows through `IMAGE`, `LATENT` and `MASK` wires: the size in pixels, how many, and what there is to
/// see.
///
/// @param source an encoded picture that somebody brought, behind everything else
record Picture(int width, int height, int batch, String text, BigInteger seed, Optional<byte[]> source) {

    static Picture empty(int width, int height, int batch) {
        return new Picture(Math.max(1, width), Math.max(1, height), batch, "", BigInteger.ZERO, Optional.empty());
    }

    static Picture brought(ImageSize size, byte[] bytes) {
        return new Picture(size.width(), size.height(), 1, "", BigInteger.ZERO, Optional.of(bytes));
    }

    Picture sized(int newWidth, int newHeight) {
        return new Picture(Math.max(1, newWidth), Math.max(1, newHeight), batch, text, seed, source);
    }

    Picture scaled(double factor) {
        return sized((int) Math.round(width * factor), (int) Math.round(height * factor));
    }

    Picture batched(int newBatch) {
        return new Picture(width, height, newBatch, text, seed, source);
    }

    Picture sampled(String prompt, BigInteger newSeed) {
        return new Picture(width, height, batch, prompt, newSeed, source);
    }

    /// What a latent can hold: both sides are multiples of eight.
    Picture inLatentSpace() {
        return sized(width / 8 * 8, height / 8 * 8);
    }
}
