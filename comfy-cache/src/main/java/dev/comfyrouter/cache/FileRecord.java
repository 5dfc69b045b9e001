package dev.comfyrouter.cache;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// What is recorded about one file. Immutable; every change makes a new one.
///
/// @param sha256 its content, and the name of its blob
/// @param order place in the order of last use: the smallest goes first
/// @param addedMillis when it was published, epoch milliseconds
/// @param usedMillis when it was last released, epoch milliseconds
/// @param uses how many leases were opened
/// @param checked the kinds whose structure it has been found to have
/// @param print size, time and number of the blob when it was published, to see a change made behind our back
/// @param sources the URLs that led to it
/// @param links the links that were made to it
record FileRecord(
        String sha256,
        long size,
        long order,
        long addedMillis,
        long usedMillis,
        long uses,
        boolean pinned,
        Set<FileKind> checked,
        Print print,
        List<Source> sources,
        List<String> links) {

    /// A URL that led to a file.
    ///
    /// @param key see [UrlIdentity#key]
    /// @param url without its query
    /// @param name the name that it gave the file
    /// @param checkedMillis when the server last said that the file is still this one, epoch milliseconds
    record Source(String key, String url, String name, Validators validators, long checkedMillis) {}

    /// What the file system says about a blob.
    record Print(long modifiedMillis, String fileKey) {}

    FileRecord {
        checked = Set.copyOf(checked);
        sources = List.copyOf(sources);
        links = List.copyOf(links);
    }

    String name() {
        return sources.isEmpty() ? sha256.substring(0, 8) : sources.getLast().name();
    }

    boolean pickle() {
        return sources.stream().anyMatch(source -> FileNames.isPickle(source.name()));
    }

    Optional<Source> source(String key) {
        return sources.stream().filter(source -> source.key().equals(key)).findFirst();
    }

    FileRecord used(long newOrder, long millis) {
        return new FileRecord(
                sha256, size, newOrder, addedMillis, millis, uses + 1, pinned, checked, print, sources, links);
    }

    FileRecord ordered(long newOrder) {
        return new FileRecord(
                sha256, size, newOrder, addedMillis, usedMillis, uses, pinned, checked, print, sources, links);
    }

    FileRecord pinned(boolean now) {
        return new FileRecord(sha256, size, order, addedMillis, usedMillis, uses, now, checked, print, sources, links);
    }

    FileRecord printed(Print now) {
        return new FileRecord(sha256, size, order, addedMillis, usedMillis, uses, pinned, checked, now, sources, links);
    }

    FileRecord checkedAs(FileKind kind) {
        var kinds = EnumSet.of(kind);
        kinds.addAll(checked);
        return new FileRecord(sha256, size, order, addedMillis, usedMillis, uses, pinned, kinds, print, sources, links);
    }

    /// With a source added, or renewed and moved to the end.
    FileRecord from(Source source) {
        var all = new ArrayList<>(sources);
        all.removeIf(other -> other.key().equals(source.key()));
        all.add(source);
        return new FileRecord(sha256, size, order, addedMillis, usedMillis, uses, pinned, checked, print, all, links);
    }

    FileRecord without(String key) {
        var rest = sources.stream().filter(source -> !source.key().equals(key)).toList();
        return new FileRecord(sha256, size, order, addedMillis, usedMillis, uses, pinned, checked, print, rest, links);
    }

    FileRecord linked(String link) {
        if (links.contains(link)) {
            return this;
        }
        var all = new ArrayList<>(links);
        all.add(link);
        return new FileRecord(sha256, size, order, addedMillis, usedMillis, uses, pinned, checked, print, sources, all);
    }

    FileRecord linkedOnly(List<String> rest) {
        return new FileRecord(
                sha256, size, order, addedMillis, usedMillis, uses, pinned, checked, print, sources, rest);
    }

    static Comparator<FileRecord> evictionOrder() {
        return Comparator.comparingLong(FileRecord::order);
    }
}
