package dev.comfyrouter.cache;

/// Unwinds a transfer that nobody wants any more.
final class Stopped extends RuntimeException {
    Stopped() {
        super("stopped", null, false, false);
    }
}
