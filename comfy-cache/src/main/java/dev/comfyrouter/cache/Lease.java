package dev.comfyrouter.cache;

import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicBoolean;

/// The right to use a cached file: while it is open, the file cannot be evicted. Thread-safe; closing twice is
/// harmless.
public final class Lease implements AutoCloseable {

    /// Where the bytes came from.
    public enum Source {
        /// The cache had them.
        HIT,
        /// They were downloaded for this acquisition.
        MISS,
        /// They were being downloaded for somebody else already.
        SHARED,
        /// They were downloaded, and part of them was there from an earlier try.
        RESUMED
    }

    /// What a lease needs of its cache.
    interface Owner {
        Path path(String sha256);

        Path link(Entry entry, Path directory, String name) throws InterruptedException;

        void release(Entry entry);
    }

    private final Owner owner;
    private final Entry entry;
    private final String sha256;
    private final long size;
    private final String name;
    private final String url;
    private final Source source;
    private final boolean stale;
    private final AtomicBoolean open = new AtomicBoolean(true);

    Lease(Owner owner, Entry entry, FileRecord file, String name, String url, Source source, boolean stale) {
        this.owner = owner;
        this.entry = entry;
        this.sha256 = file.sha256();
        this.size = file.size();
        this.name = name;
        this.url = url;
        this.source = source;
        this.stale = stale;
    }

    /// The file, read-only. It has no extension; ComfyUI gets it by [#link].
    public Path path() {
        return owner.path(sha256);
    }

    /// 64 lower-case hex digits; also the file's id in [FileCache].
    public String sha256() {
        return sha256;
    }

    /// In bytes.
    public long size() {
        return size;
    }

    /// The name of the file by request, server or URL, with its extension.
    public String name() {
        return name;
    }

    /// The name for a link, `<stem>-<8 hex digits of the hash><extension>`: two contents never share it.
    public String linkName() {
        return FileNames.linkName(name, sha256);
    }

    /// The URL that was asked for, without its query.
    public String url() {
        return url;
    }

    /// Where the bytes came from this time.
    public Source source() {
        return source;
    }

    /// Whether the server could not be asked if the file has changed, although the request wanted it asked.
    public boolean stale() {
        return stale;
    }

    /// Whether loading the file can run code: `.pt .pt2 .pth .ckpt .bin .pkl`.
    public boolean pickle() {
        return FileNames.isPickle(name);
    }

    /// Makes the file visible under [#linkName()] in a directory. See [#link(Path, String)].
    public Path link(Path directory) throws InterruptedException {
        return link(directory, linkName());
    }

    /// Makes the file visible under a name: a symbolic link, removed before the file is. Doing it twice is
    /// harmless.
    ///
    /// ComfyUI keeps loaded models by name: give every content a name of its own, as [#linkName()] does.
    ///
    /// @param directory exists, inside one of the configured link roots
    /// @return the link
    /// @throws LinkException if the name is taken or not safe, or the directory is outside; nothing has changed
    ///     then
    /// @throws IllegalStateException if the lease is closed
    public Path link(Path directory, String linkName) throws InterruptedException {
        if (!open.get()) {
            throw new IllegalStateException("the lease of " + name + " is closed");
        }
        return owner.link(entry, directory, linkName);
    }

    @Override
    public void close() {
        if (open.getAndSet(false)) {
            owner.release(entry);
        }
    }

    @Override
    public String toString() {
        return "Lease[" + name + ", " + sha256 + ", " + size + " bytes, " + source + "]";
    }
}
