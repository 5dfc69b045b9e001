package dev.comfyrouter.server.node;

import java.time.Instant;
import java.util.Locale;

/// Why a healthy node gets no work for a while.
public record Hold(Kind kind, Instant until, String reason) {
    public enum Kind {
        /// It failed several tasks, one after the other.
        QUARANTINED,
        /// It answers, but nothing moves on it.
        STALLED;

        /// As it stands in JSON.
        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }
}
