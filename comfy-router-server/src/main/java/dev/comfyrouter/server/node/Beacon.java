package dev.comfyrouter.server.node;

import java.util.Optional;

/// A file that the router puts into its models folder for a while, so that nodes can be asked whether they see it.
@FunctionalInterface
public interface Beacon {
    /// Shows nothing, so that no node is known to share the folder.
    Beacon NONE = Optional::empty;

    /// Empty when no file can be shown.
    Optional<Light> light();

    /// The file while it is there.
    ///
    /// @param folder below `models/`
    /// @param size in bytes
    /// @param out takes it away
    record Light(String folder, String name, long size, Runnable out) implements AutoCloseable {
        @Override
        public void close() {
            out.run();
        }
    }
}
