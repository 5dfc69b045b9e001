package dev.comfyrouter.server.config;

import java.util.List;

/// The refusal of a configuration, with every mistake in it: each names the variable or key, the value (never that of
/// a secret) and what is allowed.
public final class InvalidConfig extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final transient List<String> problems;

    InvalidConfig(List<String> problems) {
        super("the configuration has " + (problems.size() == 1 ? "a mistake" : problems.size() + " mistakes")
                + ":\n  - " + String.join("\n  - ", problems));
        this.problems = List.copyOf(problems);
    }

    /// One sentence for each mistake, never empty, in the order of the settings table.
    public List<String> problems() {
        return problems;
    }
}
