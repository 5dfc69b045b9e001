package dev.comfyrouter.server.node;

import java.util.Locale;

/// What is observed of a node, in the operator's words.
public enum Health {
    IDLE,
    BUSY,
    OFFLINE;

    /// As it stands in JSON.
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}
