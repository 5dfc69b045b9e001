package dev.comfyrouter.workflows;

import java.math.BigDecimal;
import java.math.RoundingMode;

/// Width and height in pixels.
record Size(int width, int height) {
    static final int SMALLEST = 16;
    static final int LARGEST = 8192;

    /// Cut to a multiple of `unit`, but not below the smallest.
    Size cutTo(int unit) {
        return new Size(cut(width, unit), cut(height, unit));
    }

    private static int cut(int side, int unit) {
        return Math.max(SMALLEST, side / unit * unit);
    }

    /// The same shape with this width, height to the nearest multiple of `unit`.
    Size withWidth(int newWidth, int unit) {
        return new Size(newWidth, nearest((double) newWidth * height / width, unit));
    }

    Size withHeight(int newHeight, int unit) {
        return new Size(nearest((double) newHeight * width / height, unit), newHeight);
    }

    /// The same shape with about this many pixels.
    Size withPixels(double pixels, int unit) {
        var factor = Math.sqrt(pixels / ((double) width * height));
        return new Size(nearest(width * factor, unit), nearest(height * factor, unit));
    }

    private static int nearest(double side, int unit) {
        return Math.clamp(Math.round(side / unit) * unit, SMALLEST, LARGEST);
    }

    /// The picture that a latent of this size gives when ComfyUI enlarges it: latents have one cell for 8 ×
    /// 8 pixels.
    Size latentTimes(BigDecimal factor) {
        return new Size(cells(width, factor) * 8, cells(height, factor) * 8);
    }

    private static int cells(int side, BigDecimal factor) {
        // Python's round(): half to even.
        return factor.multiply(BigDecimal.valueOf(side / 8))
                .setScale(0, RoundingMode.HALF_EVEN)
                .intValueExact();
    }

    Size times(BigDecimal factor) {
        return new Size(scaled(width, factor), scaled(height, factor));
    }

    private static int scaled(int side, BigDecimal factor) {
        return factor.multiply(BigDecimal.valueOf(side))
                .setScale(0, RoundingMode.HALF_UP)
                .intValueExact();
    }

    int longest() {
        return Math.max(width, height);
    }

    @Override
    public String toString() {
        return width + " × " + height;
    }
}
