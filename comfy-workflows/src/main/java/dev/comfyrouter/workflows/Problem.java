package dev.comfyrouter.workflows;

/// One mistake in a request or a graph.
///
/// @param pointer where it is: an RFC 6901 JSON pointer into the parameters of a recipe or into the graph;
/// empty for the whole
/// @param detail what is wrong and what would be right, as a sentence for the person who wrote the request
public record Problem(String pointer, String detail) {

    /// The pointer of a member of the object, or an element of the array, at `pointer`.
    static String child(String pointer, String token) {
        return pointer + "/" + token.replace("~", "~0").replace("/", "~1");
    }

    static String child(String pointer, int index) {
        return pointer + "/" + index;
    }

    @Override
    public String toString() {
        return pointer.isEmpty() ? detail : pointer + ": " + detail;
    }
}
