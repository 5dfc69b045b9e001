package dev.comfyrouter.cache;

import java.util.List;

/// Told how far an [acquisition][FileCache#acquire] is: on the acquiring thread, at most ten times a second,
/// never under a lock.
@FunctionalInterface
public interface ProgressListener {

    /// Nobody listens; the acquisition then wakes up less often.
    ProgressListener NONE = progress -> {};

    /// Takes the present state.
    ///
    /// @param progress one snapshot for each request, in the order of the requests
    void progress(List<Progress> progress);
}
