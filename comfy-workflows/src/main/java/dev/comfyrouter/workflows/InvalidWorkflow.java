package dev.comfyrouter.workflows;

import java.util.List;
import java.util.stream.Collectors;

/// A workflow that cannot be run as it was written. It names every mistake, not only the first.
public final class InvalidWorkflow extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final transient List<Problem> problems;

    public InvalidWorkflow(List<Problem> problems) {
        super(problems.stream().map(Problem::toString).collect(Collectors.joining("; ")));
        if (problems.isEmpty()) throw new IllegalArgumentException("an invalid workflow has at least one problem");
        this.problems = List.copyOf(problems);
    }

    /// Every mistake, in the order of the request; never empty.
    public List<Problem> problems() {
        return problems;
    }
}
