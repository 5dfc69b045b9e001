package dev.comfyrouter.client;

import java.util.UUID;

/// The name of one prompt on a ComfyUI server.
///
/// Ids that go out are canonical: a lower-case, hyphenated UUID. ComfyUI takes the client's id since 0.3.45 and
/// refuses every other spelling since 0.25.0. Ids that come in may belong to somebody else's prompt and can be
/// any text on servers before 0.25.0, so the constructor takes any.
///
/// @param value the id as it stands in JSON, never empty
public record PromptId(String value) {
    public PromptId {
        if (value.isEmpty()) {
            throw new IllegalArgumentException("a prompt id must not be empty");
        }
    }

    /// A new id that no server has seen.
    public static PromptId random() {
        return new PromptId(UUID.randomUUID().toString());
    }

    /// The id with this spelling.
    ///
    /// @throws IllegalArgumentException if `value` is not a canonical lower-case UUID with hyphens
    public static PromptId of(String value) {
        var id = new PromptId(value);
        if (!id.isCanonical()) {
            throw new IllegalArgumentException(
                    "a prompt id must be a lower-case UUID with hyphens, not '" + value + "'");
        }
        return id;
    }

    /// Whether every supported server accepts this id for a new prompt.
    public boolean isCanonical() {
        if (value.length() != 36) {
            return false;
        }
        for (int i = 0; i < 36; i++) {
            char c = value.charAt(i);
            boolean hyphen = i == 8 || i == 13 || i == 18 || i == 23;
            boolean hexDigit = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
            if (hyphen ? c != '-' : !hexDigit) {
                return false;
            }
        }
        return true;
    }

    @Override
    public String toString() {
        return value;
    }
}
