package dev.comfyrouter.cache;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// The files of the cache on disk: `blobs/<sha256>`, each with a side file that repeats its record so that a
/// lost record can be made again, and the folders for parts, for trash and for what was found damaged.
final class Blobs {

    private final Disk disk;
    private final Path blobs;
    private final Path meta;
    private final Path partial;
    private final Path trash;
    private final Path quarantine;

    Blobs(Disk disk, Path directory) {
        this.disk = disk;
        blobs = directory.resolve("blobs");
        meta = directory.resolve("meta");
        partial = directory.resolve("partial");
        trash = directory.resolve("trash");
        quarantine = directory.resolve("quarantine");
    }

    Path blobs() {
        return blobs;
    }

    Path meta() {
        return meta;
    }

    List<Path> directories() {
        return List.of(blobs, meta, partial, trash, quarantine);
    }

    Path partial() {
        return partial;
    }

    Path path(String sha256) {
        return blobs.resolve(sha256);
    }

    Path metaPath(String sha256) {
        return meta.resolve(sha256 + ".json");
    }

    /// Moves a complete and verified part to its place. When this returns, the blob survives a power cut; when
    /// it throws, there is no blob.
    ///
    /// @param file what is known about it, its print apart
    /// @return the same with the print
    FileRecord publish(Part part, FileRecord file) throws IOException {
        part.force();
        part.closeChannel();
        disk.seal(part.file());
        // A rename changes neither the number nor the time of a file.
        var printed = file.printed(print(Files.readAttributes(part.file(), BasicFileAttributes.class)));
        writeMeta(printed);
        disk.forceDirectory(meta);
        disk.rename(part.file(), path(file.sha256()));
        disk.forceDirectory(blobs);
        part.forget();
        return printed;
    }

    /// Writes the side file of a blob anew.
    void writeMeta(FileRecord file) throws IOException {
        disk.replace(metaPath(file.sha256()), new RecordLine.State(file).bytes(), true);
    }

    Optional<FileRecord> readMeta(String sha256) throws IOException {
        try {
            var line = new String(Files.readAllBytes(metaPath(sha256)), StandardCharsets.UTF_8).strip();
            return RecordLine.parse(line)
                    .filter(RecordLine.State.class::isInstance)
                    .map(state -> ((RecordLine.State) state).file())
                    .filter(file -> file.sha256().equals(sha256));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
    }

    FileRecord.Print print(String sha256) throws IOException {
        return print(attributes(sha256));
    }

    static FileRecord.Print print(BasicFileAttributes attributes) {
        return new FileRecord.Print(attributes.lastModifiedTime().toMillis(), String.valueOf(attributes.fileKey()));
    }

    BasicFileAttributes attributes(String sha256) throws IOException {
        return Files.readAttributes(path(sha256), BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
    }

    /// How a blob looks from outside.
    enum Health {
        /// As it was when it was published.
        INTACT,
        /// Of the right size, but touched, copied or restored since: only its hash can tell.
        TOUCHED,
        /// Gone, or of another size.
        DAMAGED
    }

    Health look(FileRecord file) throws IOException {
        try {
            var attributes = attributes(file.sha256());
            if (!attributes.isRegularFile() || attributes.size() != file.size()) {
                return Health.DAMAGED;
            }
            return print(attributes).equals(file.print()) ? Health.INTACT : Health.TOUCHED;
        } catch (NoSuchFileException e) {
            return Health.DAMAGED;
        }
    }

    boolean hasItsHash(FileRecord file) throws IOException {
        return Hashes.sha256(path(file.sha256()), file.size()).equals(file.sha256());
    }

    void delete(String sha256) throws IOException {
        disk.delete(path(sha256));
        disk.delete(metaPath(sha256));
    }

    /// Moves a blob out of sight without unlinking it.
    void trash(String sha256, long nowMillis) throws IOException {
        disk.rename(path(sha256), trash.resolve(sha256 + "." + nowMillis));
        disk.delete(metaPath(sha256));
    }

    /// A file in the trash.
    record Trashed(Path file, long size, long sinceMillis) {}

    List<Trashed> trashed() throws IOException {
        var all = new ArrayList<Trashed>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(trash)) {
            for (var file : files) {
                var name = String.valueOf(file.getFileName());
                var since = name.substring(name.lastIndexOf('.') + 1);
                all.add(new Trashed(file, Files.size(file), since.matches("\\d{1,18}") ? Long.parseLong(since) : 0));
            }
        }
        return all;
    }

    void unlink(Trashed file) throws IOException {
        disk.delete(file.file());
    }

    /// Keeps a damaged blob for a look by a human; the one that was kept before goes.
    void quarantine(String sha256) throws IOException {
        quarantine(path(sha256), sha256);
        disk.delete(metaPath(sha256));
    }

    /// Keeps the bytes of a failed download in the same way.
    void quarantine(Part part) throws IOException {
        part.closeChannel();
        quarantine(part.file(), part.key() + ".part");
        part.forget();
    }

    void emptyQuarantine() throws IOException {
        try (DirectoryStream<Path> kept = Files.newDirectoryStream(quarantine)) {
            for (var old : kept) {
                disk.delete(old);
            }
        }
    }

    /// How many bytes are in quarantine.
    long quarantinedBytes() throws IOException {
        long bytes = 0;
        try (DirectoryStream<Path> kept = Files.newDirectoryStream(quarantine)) {
            for (var file : kept) {
                bytes += Space.pages(Files.size(file));
            }
        }
        return bytes;
    }

    private void quarantine(Path file, String name) throws IOException {
        emptyQuarantine();
        if (Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
            disk.rename(file, quarantine.resolve(name));
        }
    }
}
