package dev.comfyrouter.server.config;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;

/// A password or token: printing it, alone or as part of a record, shows no more than that it is there.
public final class Secret {
    private final String text;

    private Secret(String text) {
        this.text = text;
    }

    public static Secret of(String text) {
        return new Secret(text);
    }

    /// The secret itself, for the one place that sends or compares it.
    public String reveal() {
        return text;
    }

    /// Takes the same time wherever the first difference is.
    @Override
    public boolean equals(Object other) {
        return other instanceof Secret secret && MessageDigest.isEqual(bytes(), secret.bytes());
    }

    /// The same for all secrets, so that a hash that gets into a log tells nothing.
    @Override
    public int hashCode() {
        return Secret.class.hashCode();
    }

    @Override
    public String toString() {
        return "***";
    }

    private byte[] bytes() {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
