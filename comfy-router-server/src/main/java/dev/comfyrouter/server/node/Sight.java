package dev.comfyrouter.server.node;

import java.util.Locale;

/// Whether a node sees the models folder that the router links files into.
public enum Sight {
    SHARED,
    OWN,
    UNKNOWN;

    /// As it stands in JSON.
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}
