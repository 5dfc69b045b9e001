package dev.comfyrouter.benchmarks;

import java.io.IOException;
import java.nio.file.Path;

/// One or more figures that are measured together.
interface Measurement {
    /// What the measurements have in common.
    ///
    /// @param scale by how much less is done than for real figures: 1, or more for a trial of the harness
    record Setting(Path distribution, Script script, int scale) {
        int of(int full) {
            return Math.max(1, full / scale);
        }
    }

    void run(Setting setting, Report report) throws IOException, InterruptedException;
}
