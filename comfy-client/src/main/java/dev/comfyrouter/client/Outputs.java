package dev.comfyrouter.client;

import java.util.ArrayList;
import java.util.List;

/// What nodes of a graph gave for a person to see, in the server's order.
///
/// @param files the files, fetched with [ComfyClient#view]
/// @param texts the texts
/// @param other everything else, such as `animated`
public record Outputs(List<OutputFile> files, List<OutputText> texts, List<Other> other) {
    static final Outputs NONE = new Outputs(List.of(), List.of(), List.of());

    public Outputs {
        files = List.copyOf(files);
        texts = List.copyOf(texts);
        other = List.copyOf(other);
    }

    /// A value that is neither file nor text.
    ///
    /// @param nodeId the node of the graph
    /// @param kind ComfyUI's key
    /// @param json the value as JSON
    public record Other(String nodeId, String kind, String json) {}

    public boolean isEmpty() {
        return files.isEmpty() && texts.isEmpty() && other.isEmpty();
    }

    static Outputs concat(List<Outputs> parts) {
        var files = new ArrayList<OutputFile>();
        var texts = new ArrayList<OutputText>();
        var other = new ArrayList<Other>();
        for (Outputs part : parts) {
            files.addAll(part.files);
            texts.addAll(part.texts);
            other.addAll(part.other);
        }
        return new Outputs(files, texts, other);
    }
}
