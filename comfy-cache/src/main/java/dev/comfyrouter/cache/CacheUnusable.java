package dev.comfyrouter.cache;

/// The cache folder cannot be opened; the message says which path, why, and what to do.
public final class CacheUnusable extends RuntimeException {

    CacheUnusable(String message) {
        super(message);
    }

    CacheUnusable(String message, Throwable cause) {
        super(message, cause);
    }
}
