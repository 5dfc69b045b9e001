package dev.comfyrouter.server.task;

import java.util.Set;

/// What a caller demands of the node: labels it must carry, and video memory in GiB (0: any).
public record Requirements(Set<String> labels, double vramGiB) {
    public static final Requirements NONE = new Requirements(Set.of(), 0);

    public Requirements {
        labels = Set.copyOf(labels);
    }
}
