package dev.comfyrouter.cache;

import java.io.File;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;

/// Every change that the cache makes on disk goes through here: one place that knows how to make it last, and
/// where a test can halt the cache before each single step.
final class Disk {

    private final Hooks.Probe probe;

    Disk(Hooks.Probe probe) {
        this.probe = probe;
    }

    /// Opens a file that only this process writes, for appending.
    FileChannel append(Path file) throws IOException {
        probe.at("open " + kind(file));
        return FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.APPEND);
    }

    FileChannel create(Path file) throws IOException {
        probe.at("create " + kind(file));
        return FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    }

    void write(FileChannel channel, ByteBuffer bytes, Path file) throws IOException {
        probe.at("write " + kind(file));
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }

    void truncate(FileChannel channel, long length, Path file) throws IOException {
        probe.at("truncate " + kind(file));
        channel.truncate(length);
        channel.position(length);
    }

    void force(FileChannel channel, Path file) throws IOException {
        probe.at("force " + kind(file));
        channel.force(true);
    }

    void rename(Path from, Path to) throws IOException {
        probe.at("rename to " + kind(to));
        Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
    }

    void delete(Path file) throws IOException {
        probe.at("delete " + kind(file));
        Files.deleteIfExists(file);
    }

    /// From now on nobody may write to the file, its owner included.
    void seal(Path file) throws IOException {
        probe.at("seal " + kind(file));
        if (Files.getFileStore(file).supportsFileAttributeView("posix")) {
            Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("r--r--r--"));
        } else {
            file.toFile().setReadOnly();
        }
    }

    /// Makes names in a directory last. Where directories cannot be opened (Windows) the file system does so by
    /// itself.
    void forceDirectory(Path directory) throws IOException {
        probe.at("force directory " + directory.getFileName());
        try (var channel = FileChannel.open(directory, StandardOpenOption.READ)) {
            channel.force(true);
        } catch (AccessDeniedException e) {
            if (File.separatorChar == '/') {
                throw e;
            }
        }
    }

    /// Puts a whole file in place of another in one step.
    ///
    /// @param lasting whether the content must survive a power cut from the moment that the name does
    void replace(Path file, byte[] content, boolean lasting) throws IOException {
        var temporary = file.resolveSibling(file.getFileName() + ".tmp");
        probe.at("create " + kind(temporary));
        try (var channel = FileChannel.open(
                temporary, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING)) {
            write(channel, ByteBuffer.wrap(content), temporary);
            if (lasting) {
                force(channel, temporary);
            }
        }
        rename(temporary, file);
    }

    void link(Path link, Path target) throws IOException {
        probe.at("link");
        Files.createSymbolicLink(link, target);
    }

    /// Names of steps are the same in each run: random parts of file names stay out.
    private static String kind(Path file) {
        var parent = file.getParent();
        var directory = parent == null ? "" : parent.getFileName() + "/";
        var name = String.valueOf(file.getFileName());
        var dot = name.lastIndexOf('.');
        return directory + (dot < 0 ? "*" : "*" + name.substring(dot));
    }
}
