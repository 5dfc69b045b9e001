package dev.comfyrouter.server.store;

import java.io.IOException;
import java.io.InputStream;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import org.sqlite.SQLiteJDBCLoader;
import org.sqlite.util.LibraryLoaderUtil;
import org.sqlite.util.OSInfo;

/// The native part of SQLite, unpacked once into the data directory.
///
/// Left to itself the driver unpacks it into the temporary folder at each start, which takes time, and it stays there
/// for ever when the process is killed. The driver still does so where this fails, and in a folder from which no
/// program may be run.
final class NativeSqlite {
    private static final Logger LOG = System.getLogger(NativeSqlite.class.getName());
    private static final String PATH = "org.sqlite.lib.path";

    private NativeSqlite() {}

    /// To be called before the first connection of the process. Whoever has set the driver's own property is obeyed.
    static void unpack(Path directory) {
        if (System.getProperty(PATH) != null) {
            return;
        }
        Path folder = directory.resolve("native");
        Path library = folder.resolve("sqlite-" + SQLiteJDBCLoader.getVersion() + "-" + platform() + "-"
                + LibraryLoaderUtil.getNativeLibName());
        try {
            if (!Files.exists(library)) {
                Files.createDirectories(folder);
                deleteAll(folder); // those of former versions
                copy(library);
            }
            System.setProperty(PATH, folder.toString());
            System.setProperty("org.sqlite.lib.name", library.getFileName().toString());
        } catch (IOException failed) {
            LOG.log(Level.WARNING, "SQLite is unpacked at each start, for {0} cannot be written: {1}", folder, failed);
        }
    }

    /// What the library must fit. The driver's own word for it is not asked at each start, because it runs `uname`.
    private static String platform() {
        String platform = System.getProperty("os.name") + "-" + System.getProperty("os.arch");
        return (OSInfo.isMusl() ? platform + "-musl" : platform).replaceAll("[^A-Za-z0-9_-]+", "_");
    }

    private static void deleteAll(Path folder) throws IOException {
        try (DirectoryStream<Path> files = Files.newDirectoryStream(folder)) {
            for (Path file : files) {
                Files.delete(file);
            }
        }
    }

    /// Whole or not at all, also when the power fails.
    private static void copy(Path library) throws IOException {
        String resource = LibraryLoaderUtil.getNativeLibResourcePath() + "/" + LibraryLoaderUtil.getNativeLibName();
        Path part = library.resolveSibling("part");
        try (InputStream in = SQLiteJDBCLoader.class.getResourceAsStream(resource)) {
            if (in == null) {
                throw new NoSuchFileException(resource); // the driver knows other places
            }
            try (FileChannel out = FileChannel.open(part, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
                in.transferTo(Channels.newOutputStream(out));
                out.force(true);
            }
        }
        Files.move(part, library, StandardCopyOption.ATOMIC_MOVE);
    }
}
