package dev.comfyrouter.cache;

import java.io.IOException;
import java.nio.charset.MalformedInputException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.UUID;
import java.util.regex.Pattern;

/// The cache folder as such: made, checked to be ours alone, and known by a version and a name of its own.
final class Folder {

    private static final int VERSION = 1;
    private static final Pattern STAMP = Pattern.compile("comfy-cache (\\d{1,9})\\s+([0-9a-f-]{36})\\s*");

    private Folder() {}

    /// Makes a directory that others may read, as far as the umask lets them.
    static void make(Path directory) throws IOException {
        if (Files.isDirectory(directory)) {
            return;
        }
        var posix = directory.getFileSystem().supportedFileAttributeViews().contains("posix");
        Files.createDirectories(
                directory,
                posix
                        ? new FileAttribute<?>[] {
                            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwxr-xr-x"))
                        }
                        : new FileAttribute<?>[0]);
    }

    /// Somebody else who can write here could plant a file that would be served as a model.
    ///
    /// @throws CacheUnusable if the directory is another user's or writable for others
    static void refuseIfOthersMayWrite(Path directory) throws IOException {
        if (!directory.getFileSystem().supportedFileAttributeViews().contains("posix")) {
            return;
        }
        var permissions = Files.getPosixFilePermissions(directory, LinkOption.NOFOLLOW_LINKS);
        if (permissions.contains(PosixFilePermission.GROUP_WRITE)
                || permissions.contains(PosixFilePermission.OTHERS_WRITE)) {
            throw new CacheUnusable(
                    directory + " may be written by other users (" + PosixFilePermissions.toString(permissions)
                            + "), who could plant a file in it; take that right from them (chmod go-w)");
        }
        var probe = Files.createTempFile(directory, ".owner", "");
        try {
            if (!Files.getOwner(probe).equals(Files.getOwner(directory))) {
                throw new CacheUnusable(directory + " belongs to " + Files.getOwner(directory) + ", not to "
                        + Files.getOwner(probe) + " who runs this process; choose another folder or change its owner");
            }
        } finally {
            Files.deleteIfExists(probe);
        }
    }

    /// The name of the cache in this folder; a new folder gets one.
    ///
    /// @throws CacheUnusable if a newer version of this library works here
    static String name(Path directory, Disk disk, boolean readOnly) throws IOException {
        var file = directory.resolve("VERSION");
        try {
            var stamp = STAMP.matcher(Files.readString(file));
            if (stamp.matches()) {
                if (Integer.parseInt(stamp.group(1)) > VERSION) {
                    throw new CacheUnusable(
                            directory + " is a cache of version " + stamp.group(1) + ", this library knows " + VERSION
                                    + "; nothing has been changed. Use the newer version, or another folder");
                }
                return stamp.group(2);
            }
        } catch (NoSuchFileException | MalformedInputException e) {
            // a new folder, or a stamp that the disk has spoiled: the blobs tell the rest
        }
        var name = UUID.randomUUID().toString();
        if (!readOnly) {
            disk.replace(file, ("comfy-cache " + VERSION + "\n" + name + "\n").getBytes(StandardCharsets.UTF_8), true);
        }
        return name;
    }
}
