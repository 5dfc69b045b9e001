package dev.comfyrouter.server.download;

import dev.comfyrouter.workflows.ImageRef;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.Set;

/// The pictures that came inside requests, one file per content, named by its SHA-256.
public final class InputFiles {
    private final Path directory;

    private InputFiles(Path directory) {
        this.directory = directory;
    }

    /// Opens the directory, made when it is not there.
    public static InputFiles open(Path directory) throws IOException {
        return new InputFiles(Files.createDirectories(directory));
    }

    /// Keeps a picture; it is on disk when this returns. One that is here already is kept once.
    public void keep(ImageRef.Inline picture) throws IOException {
        Path file = path(picture.sha256());
        if (picture.bytes().isEmpty()) {
            return; // restored from a kept request: it is here, or will be missed where it is used
        }
        if (Files.exists(file)) {
            Files.setLastModifiedTime(file, FileTime.from(Instant.now())); // so that no sweep takes it
            return;
        }
        Path part = Files.createTempFile(directory, "part-", "");
        try {
            try (FileChannel out = FileChannel.open(part, StandardOpenOption.WRITE)) {
                ByteBuffer bytes = ByteBuffer.wrap(picture.bytes().get());
                while (bytes.hasRemaining()) {
                    out.write(bytes);
                }
                out.force(true);
            }
            Files.move(part, file, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            Files.deleteIfExists(part);
        }
        try (FileChannel names = FileChannel.open(directory, StandardOpenOption.READ)) {
            names.force(true);
        }
    }

    /// Where the picture with this content lies, if it is here.
    public Path path(String sha256) {
        return directory.resolve(sha256);
    }

    /// Deletes pictures that no task needs and that came before `youngest`.
    public void sweep(Set<String> needed, Instant youngest) throws IOException {
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
            for (Path file : files) {
                if (!needed.contains(file.getFileName().toString())
                        && Files.getLastModifiedTime(file).toInstant().isBefore(youngest)) {
                    Files.deleteIfExists(file);
                }
            }
        }
    }
}
