package dev.comfyrouter.cache;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// The record on disk: a snapshot, and a journal of what changed since.
///
/// Every line holds the whole state of one file, so a line may be read twice, and a journal that is older than
/// its snapshot does no harm: the last line about a file is always its last state.
final class RecordFiles {

    private final Disk disk;
    private final Path snapshot;
    private final Path journal;
    private final String cache;

    RecordFiles(Disk disk, Path snapshot, Path journal, String cache) {
        this.disk = disk;
        this.snapshot = snapshot;
        this.journal = journal;
        this.cache = cache;
    }

    /// What could be read.
    ///
    /// @param files by SHA-256
    /// @param damagedLines lines that were skipped
    /// @param journalLines lines of the journal that were read
    record Loaded(Map<String, FileRecord> files, int damagedLines, int journalLines) {}

    /// Reads both files; damaged lines, missing files and the record of another cache are skipped.
    ///
    /// @throws CacheUnusable if a newer version of this library has written it
    Loaded load() throws IOException {
        var files = new LinkedHashMap<String, FileRecord>();
        var damaged = 0;
        var journalLines = 0;
        for (var path : List.of(snapshot, journal)) {
            for (var text : lines(path)) {
                var line = RecordLine.parse(text);
                if (line.isEmpty()) {
                    damaged++;
                    continue;
                }
                journalLines += path.equals(journal) ? 1 : 0;
                switch (line.get()) {
                    case RecordLine.Header header -> {
                        if (header.version() > RecordLine.VERSION) {
                            throw new CacheUnusable(path + " was written by a newer version (" + header.version()
                                    + ", this one knows " + RecordLine.VERSION + "); nothing has been changed");
                        }
                        if (!header.cache().equals(cache)) {
                            return new Loaded(files, damaged, journalLines); // of a folder that was here before
                        }
                    }
                    case RecordLine.State state -> files.put(state.file().sha256(), state.file());
                    case RecordLine.Gone gone -> files.remove(gone.sha256());
                }
            }
        }
        return new Loaded(files, damaged, journalLines);
    }

    private static List<String> lines(Path path) throws IOException {
        try {
            // Bytes that are no UTF-8 make a line that fails its checksum, not a file that cannot be read.
            return new String(Files.readAllBytes(path), StandardCharsets.UTF_8)
                    .lines()
                    .toList();
        } catch (NoSuchFileException e) {
            return List.of();
        }
    }

    /// Replaces the snapshot and empties the journal.
    void compact(Collection<FileRecord> files) throws IOException {
        var bytes = new ByteArrayOutputStream();
        bytes.writeBytes(new RecordLine.Header(RecordLine.VERSION, cache).bytes());
        files.stream()
                .sorted(FileRecord.evictionOrder())
                .forEach(file -> bytes.writeBytes(new RecordLine.State(file).bytes()));
        disk.replace(snapshot, bytes.toByteArray(), true);
        disk.forceDirectory(directory());
        disk.replace(journal, new RecordLine.Header(RecordLine.VERSION, cache).bytes(), false);
    }

    /// Adds lines to the journal.
    ///
    /// @param lasting whether they must be on the disk when this returns
    void append(List<RecordLine> lines, boolean lasting) throws IOException {
        var bytes = new ByteArrayOutputStream();
        lines.forEach(line -> bytes.writeBytes(line.bytes()));
        try (var channel = disk.append(journal)) {
            if (channel.size() > 0 && !endsWithLineFeed(channel.size())) {
                disk.write(
                        channel,
                        ByteBuffer.wrap(new byte[] {'\n'}),
                        journal); // a torn line must not spoil the next one
            }
            disk.write(channel, ByteBuffer.wrap(bytes.toByteArray()), journal);
            if (lasting) {
                disk.force(channel, journal);
            }
        }
    }

    private boolean endsWithLineFeed(long size) throws IOException {
        try (var channel = FileChannel.open(journal, StandardOpenOption.READ)) {
            return Structure.read(channel, size - 1, 1)[0] == '\n';
        }
    }

    private Path directory() {
        var parent = snapshot.getParent();
        if (parent == null) {
            throw new IllegalStateException("the record's path is absolute and names a file");
        }
        return parent;
    }
}
