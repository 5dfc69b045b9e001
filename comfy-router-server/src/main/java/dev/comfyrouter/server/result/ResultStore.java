package dev.comfyrouter.server.result;

import dev.comfyrouter.server.task.ResultFile;
import dev.comfyrouter.workflows.PictureHeader;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/// The output files of tasks: one directory per task, which goes as a whole.
///
/// A file's bytes are on disk when [#write] returns. It counts only once its row is committed, so that half a file is
/// never seen; names carry the attempt, so that two attempts never write to one file.
public final class ResultStore {
    private final Path directory;

    private ResultStore(Path directory) {
        this.directory = directory;
    }

    /// Opens the directory, made when it is not there.
    public static ResultStore open(Path directory) throws IOException {
        return new ResultStore(Files.createDirectories(directory));
    }

    /// Where a file's bytes come from.
    public interface Source {
        void copyTo(OutputStream out) throws IOException, InterruptedException;
    }

    /// Takes in one output of an attempt.
    ///
    /// @param index its place among the attempt's outputs, from 0
    /// @param name the name that the node gave it
    /// @throws IOException when this disk fails; what the source throws goes through
    public ResultFile write(long task, int attempt, int index, String name, Source source)
            throws IOException, InterruptedException {
        Path home = home(task);
        boolean isNew = createDirectory(home);
        String fileName = attempt + "-" + index + ContentTypes.extension(name);
        Path file = home.resolve(fileName);
        MessageDigest digest = sha256();
        Head head = new Head();
        long bytes;
        try (FileChannel channel = FileChannel.open(
                file, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING)) {
            OutputStream out = new DigestOutputStream(head.before(Channels.newOutputStream(channel)), digest);
            source.copyTo(out);
            out.flush();
            channel.force(true);
            bytes = channel.size();
        }
        force(home);
        if (isNew) {
            force(directory);
        }
        return new ResultFile(
                index,
                fileName,
                name,
                ContentTypes.of(head.bytes(), name),
                bytes,
                HexFormat.of().formatHex(digest.digest()),
                size(head.bytes()));
    }

    /// Where a file lies.
    public Path path(long task, ResultFile file) {
        return home(task).resolve(file.fileName());
    }

    /// Deletes all files of a task.
    public void discard(long task) throws IOException {
        delete(home(task));
    }

    /// Deletes one file of a task.
    public void discard(long task, ResultFile file) throws IOException {
        Files.deleteIfExists(path(task, file));
    }

    /// Deletes the files of one attempt whose outcome did not count.
    public void discard(long task, int attempt) throws IOException {
        Path home = home(task);
        try (DirectoryStream<Path> files = Files.newDirectoryStream(home, attempt + "-*")) {
            for (Path file : files) {
                Files.deleteIfExists(file);
            }
        } catch (NoSuchFileException nothing) {
            return; // it had written nothing
        }
    }

    /// Deletes the directories of all tasks but these: what a crash left between a row and its files.
    public void sweep(Set<Long> tasks) throws IOException {
        try (DirectoryStream<Path> homes = Files.newDirectoryStream(directory)) {
            for (Path home : homes) {
                String name = home.getFileName().toString();
                if (name.matches("\\d{1,18}") && !tasks.contains(Long.parseLong(name))) {
                    delete(home);
                }
            }
        }
    }

    private Path home(long task) {
        return directory.resolve(Long.toString(task));
    }

    private static void delete(Path home) throws IOException {
        if (!Files.isDirectory(home)) {
            return;
        }
        try (Stream<Path> files = Files.list(home)) {
            for (Path file : files.toList()) {
                Files.deleteIfExists(file);
            }
        }
        Files.deleteIfExists(home);
    }

    private static boolean createDirectory(Path home) throws IOException {
        try {
            Files.createDirectory(home);
            return true;
        } catch (FileAlreadyExistsException present) {
            return false;
        }
    }

    private static Optional<ResultFile.Size> size(byte[] head) {
        return PictureHeader.of(head).map(header -> new ResultFile.Size(header.width(), header.height()));
    }

    /// Makes the names in a directory durable.
    private static void force(Path directory) throws IOException {
        try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException(impossible); // every JDK has it
        }
    }

    /// Keeps the first bytes of what passes through, from which type and size are read.
    private static final class Head {
        private static final int LENGTH = 64 * 1024; // a JPEG's size can stand behind large metadata

        private byte[] bytes = new byte[0];

        byte[] bytes() {
            return bytes;
        }

        OutputStream before(OutputStream out) {
            return new FilterOutputStream(out) {
                @Override
                public void write(byte[] data, int offset, int length) throws IOException {
                    int kept = Math.min(length, LENGTH - bytes.length);
                    if (kept > 0) {
                        byte[] more = Arrays.copyOf(bytes, bytes.length + kept);
                        System.arraycopy(data, offset, more, bytes.length, kept);
                        bytes = more;
                    }
                    out.write(data, offset, length);
                }

                @Override
                public void write(int single) throws IOException {
                    write(new byte[] {(byte) single}, 0, 1);
                }
            };
        }
    }
}
