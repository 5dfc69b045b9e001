package dev.comfyrouter.cache;

import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/// What is found on disk when a cache is opened: the record says what was, the files say what is, and the files
/// win.
final class Inventory {

    private static final Logger LOG = System.getLogger(Inventory.class.getName());
    private static final Pattern SHA256 = Pattern.compile("[0-9a-f]{64}");

    private final Blobs blobs;
    private final Disk disk;
    private final boolean readOnly;

    Inventory(Blobs blobs, Disk disk, boolean readOnly) {
        this.blobs = blobs;
        this.disk = disk;
        this.readOnly = readOnly;
    }

    /// One record for each blob that is there: from the record if it knows the blob, else from the blob's side
    /// file, else a new one, whose hash is then checked before its first use.
    List<FileRecord> files(Map<String, FileRecord> recorded, long nowMillis) throws IOException {
        var found = new ArrayList<FileRecord>();
        var made = 0;
        for (var path : list(blobs.blobs())) {
            var sha256 = String.valueOf(path.getFileName());
            if (!SHA256.matcher(sha256).matches()) {
                continue;
            }
            var size = Files.size(path);
            var record = Optional.ofNullable(recorded.get(sha256));
            if (record.isEmpty()) {
                made++;
                record = blobs.readMeta(sha256);
            }
            // A blob of another size is damaged; the first look at it says so and puts it aside.
            found.add(record.orElseGet(() -> unknown(sha256, size, nowMillis)));
        }
        if (made > 0) {
            LOG.log(Level.INFO, "{0} files were not in the record and have been taken in again", made);
        }
        found.sort(FileRecord.evictionOrder());
        return found;
    }

    private static FileRecord unknown(String sha256, long size, long nowMillis) {
        return new FileRecord(
                sha256,
                size,
                0,
                nowMillis,
                nowMillis,
                0,
                false,
                Set.of(),
                new FileRecord.Print(0, ""),
                List.of(),
                List.of());
    }

    /// Parts that a later download can go on from, the longest for each URL; everything else in their folder is
    /// deleted.
    List<Part> parts(String bootId) throws IOException {
        var byKey = new HashMap<String, Part>();
        var spare = new ArrayList<Path>();
        for (var path : list(blobs.partial())) {
            if (!String.valueOf(path.getFileName()).endsWith(".part")) {
                continue;
            }
            var part = Part.adopt(disk, path, bootId);
            if (part.isEmpty()) {
                spare.add(path);
                continue;
            }
            var other = byKey.get(part.get().key());
            if (other == null || other.length() < part.get().length()) {
                byKey.put(part.get().key(), part.get());
                part = Optional.ofNullable(other);
            }
            part.ifPresent(shorter -> spare.add(shorter.file()));
        }
        var wanted = new HashSet<Path>();
        byKey.values().forEach(part -> {
            wanted.add(part.file());
            wanted.add(Part.sidecar(part.file()));
        });
        if (!readOnly) {
            for (var path : list(blobs.partial())) {
                if (!wanted.contains(path)) {
                    disk.delete(path);
                }
            }
        }
        byKey.values().forEach(part -> LOG.log(Level.INFO, "Kept {0} bytes of a broken download", part.length()));
        return List.copyOf(byKey.values());
    }

    /// Side files without a blob, from a crash between the two.
    void deleteLooseMeta() throws IOException {
        if (readOnly) {
            return;
        }
        for (var path : list(blobs.meta())) {
            var name = String.valueOf(path.getFileName());
            var sha256 = name.endsWith(".json") ? name.substring(0, name.length() - 5) : "";
            if (!SHA256.matcher(sha256).matches() || !Files.exists(blobs.path(sha256))) {
                disk.delete(path);
            }
        }
    }

    /// The links of each file as they are on disk; those of ours that lead nowhere are removed.
    Map<String, List<String>> links(Links links, Set<String> present) throws IOException {
        var bySha256 = new HashMap<String, List<String>>();
        for (var found : links.find()) {
            if (present.contains(found.sha256())) {
                bySha256.computeIfAbsent(found.sha256(), key -> new ArrayList<>())
                        .add(found.link().toString());
            } else if (!readOnly) {
                LOG.log(Level.INFO, "Removed the link {0}: its file is not in the cache", found.link());
                links.removeDangling(found);
            }
        }
        return bySha256;
    }

    private static List<Path> list(Path directory) throws IOException {
        var all = new ArrayList<Path>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
            files.forEach(all::add);
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        }
        return all;
    }
}
