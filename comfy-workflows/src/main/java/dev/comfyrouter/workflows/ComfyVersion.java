package dev.comfyrouter.workflows;

/// A released version of ComfyUI; `0.3.76` was followed by `0.4.0`, so parts are compared as numbers.
record ComfyVersion(int major, int minor, int patch) implements Comparable<ComfyVersion> {
    static final ComfyVersion OLDEST = new ComfyVersion(0, 0, 0);
    static final ComfyVersion NEWEST = new ComfyVersion(Integer.MAX_VALUE, 0, 0);

    /// Reads `0.33.0`, also with a leading `v` and with a suffix such as `0.33.0-12-gabcdef`.
    static ComfyVersion parse(String text) {
        var parts = text.replaceFirst("^v", "").split("[^0-9]+", 4);
        try {
            return new ComfyVersion(
                    Integer.parseInt(parts[0]),
                    Integer.parseInt(parts[1]),
                    parts.length > 2 ? Integer.parseInt(parts[2]) : 0);
        } catch (NumberFormatException | ArrayIndexOutOfBoundsException unreadable) {
            throw new IllegalArgumentException(
                    "not a version of ComfyUI: \"" + text + "\"; write it like 0.33.0", unreadable);
        }
    }

    @Override
    public int compareTo(ComfyVersion other) {
        if (major != other.major) return Integer.compare(major, other.major);
        if (minor != other.minor) return Integer.compare(minor, other.minor);
        return Integer.compare(patch, other.patch);
    }
}
