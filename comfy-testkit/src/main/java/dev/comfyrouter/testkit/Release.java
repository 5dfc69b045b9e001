package dev.comfyrouter.testkit;

import java.util.Comparator;

/// A version of ComfyUI, and what it already can.
record Release(int major, int minor, int patch) implements Comparable<Release> {

    private static final Comparator<Release> ORDER = Comparator.comparingInt(Release::major)
            .thenComparingInt(Release::minor)
            .thenComparingInt(Release::patch);

    static Release of(String text) {
        if (!text.matches("\\d{1,4}\\.\\d{1,4}\\.\\d{1,4}")) {
            throw new IllegalArgumentException("a ComfyUI version looks like 0.33.0, not '" + text + "'");
        }
        String[] parts = text.split("\\.", -1);
        return new Release(Integer.parseInt(parts[0]), Integer.parseInt(parts[1]), Integer.parseInt(parts[2]));
    }

    @Override
    public int compareTo(Release other) {
        return ORDER.compare(this, other);
    }

    private boolean since(int otherMinor, int otherPatch) {
        return compareTo(new Release(0, otherMinor, otherPatch)) >= 0;
    }

    /// The client's prompt id is used, feature flags and `progress_state` exist.
    boolean honoursPromptId() {
        return since(3, 45);
    }

    boolean interruptsByPromptId() {
        return since(3, 57);
    }

    boolean pagesHistoryByOffset() {
        return since(3, 60);
    }

    boolean runsPartially() {
        return since(3, 48);
    }

    /// The server adds `extra_data.create_time`, and history holds only what this run put out.
    boolean addsCreateTime() {
        return since(3, 69);
    }

    boolean honoursPreviewMethod() {
        return since(5, 0);
    }

    boolean hasJobs() {
        return since(6, 0);
    }

    boolean cancelsJobs() {
        return since(26, 0);
    }

    boolean encodesCombosAnew() {
        return since(8, 0);
    }

    boolean throttlesProgress() {
        return since(9, 2);
    }

    boolean namesMissingNodeTypes() {
        return since(12, 0);
    }

    boolean hasNodeReplacements() {
        return since(14, 0);
    }

    boolean hasAssetRoutes() {
        return since(17, 0);
    }

    boolean refusesCrossSiteRequests() {
        return since(19, 0);
    }

    boolean findsCycles() {
        return since(20, 0);
    }

    boolean decodesWithPyAv() {
        return since(21, 0);
    }

    boolean requiresCanonicalPromptId() {
        return since(25, 0);
    }

    /// Links that leave `input/` are refused, script-like files are sent as attachments, nosniff.
    boolean containsRealPaths() {
        return since(28, 0);
    }

    @Override
    public String toString() {
        return major + "." + minor + "." + patch;
    }
}
