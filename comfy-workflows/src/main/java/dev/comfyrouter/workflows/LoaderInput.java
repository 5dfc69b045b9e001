package dev.comfyrouter.workflows;

import java.net.URI;
import java.util.Optional;

/// An input of a graph's node that names a file, as ComfyUI's own loaders have them.
///
/// @param node the node's id
/// @param value the name of a file, or a URL that somebody put in its place
/// @param folder the folder below `models/`; empty for a picture or another file of `input/`
public record LoaderInput(String node, String input, String value, Optional<ModelFolder> folder) {

    /// Where it stands in the graph.
    public String pointer() {
        return Problem.child(Problem.child(Problem.child("", node), "inputs"), input);
    }

    /// Whether a URL stands where ComfyUI wants a name; [#problem()] says whether it is a good one.
    public boolean isUrl() {
        return WebAddress.looksLikeOne(value);
    }

    /// The URL that stands where ComfyUI wants a name; empty for names, and for URLs that cannot be fetched.
    public Optional<URI> url() {
        return isUrl() && problem().isEmpty() ? Optional.of(WebAddress.parse(value)) : Optional.empty();
    }

    /// Why the file cannot be brought or must not be named, with its place: a URL that is none, a name that
    /// leaves its folder. Backslashes separate folders on nodes that run Windows, and are accepted here.
    public Optional<Problem> problem() {
        try {
            if (isUrl()) WebAddress.parse(value);
            return FileNames.problem(isUrl() ? "url" : value.replace('\\', '/')).map(this::problem);
        } catch (IllegalArgumentException unusable) {
            return Optional.of(problem(String.valueOf(unusable.getMessage())));
        }
    }

    private Problem problem(String detail) {
        return new Problem(pointer(), input + ": " + detail);
    }
}
