package dev.comfyrouter.server.store;

/// The store cannot take or give anything now; nothing was changed. The caller may come again later.
public final class StoreUnavailable extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public StoreUnavailable(String message) {
        super(message);
    }

    public StoreUnavailable(String message, Throwable cause) {
        super(message, cause);
    }
}
