package dev.comfyrouter.cache;

import java.util.List;

/// What a check of all files found.
///
/// @param files how many were looked at
/// @param damaged the SHA-256 of those that were not what they should be; they are quarantined and no longer
///     served
public record VerifyReport(int files, List<String> damaged) {
    public VerifyReport {
        damaged = List.copyOf(damaged);
    }
}
