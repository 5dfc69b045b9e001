package dev.comfyrouter.cache;

/// What became of an order to remove a file.
public sealed interface Removal {

    /// It is gone, with its links.
    record Removed(long bytes) implements Removal {}

    /// It is in use and stays.
    record Leased(int leases) implements Removal {}

    /// It is pinned and stays until it is unpinned.
    record Pinned() implements Removal {}

    /// There is no such file.
    record Unknown() implements Removal {}
}
