package dev.comfyrouter.server.config;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserPrincipal;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// The folders of a configuration, made ready and checked for owner and rights.
///
/// A folder in which others may write is refused for the cache and the data: a planted file would be served as a
/// model.
public final class Directories {
    private static final Set<PosixFilePermission> EVERYBODY_READS = PosixFilePermissions.fromString("rwxr-xr-x");
    private static final Set<String> MEMORY = Set.of("tmpfs", "ramfs", "devtmpfs");
    private static final Path TEMPORARY = Path.of("/tmp");

    private final List<String> problems = new ArrayList<>();
    private final List<String> inMemory = new ArrayList<>();
    private final List<String> temporary = new ArrayList<>();

    private Directories() {}

    /// Creates what is missing (0755) and checks the rest.
    ///
    /// @return warnings, one line each: folders that may be emptied or that live in memory
    /// @throws InvalidConfig naming every folder that cannot be used
    public static List<String> prepare(RouterConfig config) {
        var directories = new Directories();
        directories.ours(Settings.DATA_DIR, config.data().dir());
        directories.ours(Settings.CACHE_DIR, config.download().cacheDir());
        directories.writable(Settings.ROOT_DIR, config.download().rootDir());
        directories.record(config.download().recordPath());
        if (!directories.problems.isEmpty()) {
            throw new InvalidConfig(directories.problems);
        }
        return directories.warnings();
    }

    private void ours(Setting<Path> setting, Path directory) {
        writable(setting, directory)
                .flatMap(user -> notOurs(directory, user))
                .ifPresent(why -> refuse(setting, directory, why));
    }

    /// The user whom new files in the directory belong to; nothing when the directory has been refused.
    private Optional<UserPrincipal> writable(Setting<Path> setting, Path directory) {
        try {
            create(directory);
            note(setting, directory);
            return Optional.of(writer(directory));
        } catch (IOException e) {
            refuse(setting, directory, "it cannot be created or written to (" + reason(e) + ")");
            return Optional.empty();
        }
    }

    private void record(Path record) {
        Setting<Path> setting = Settings.RECORD_PATH;
        Path directory = Optional.ofNullable(record.getParent()).orElse(record);
        if (Files.isDirectory(record)) {
            refuse(setting, record, "it is a folder; give the path of a file");
            return;
        }
        writable(setting, directory)
                .ifPresent(user -> List.of(record, Path.of(record + ".log")).forEach(file -> {
                    if (Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
                        notOurs(file, user).ifPresent(why -> refuse(setting, file, why));
                    }
                }));
    }

    private static void create(Path directory) throws IOException {
        var missing = new ArrayList<Path>();
        for (Path path = directory; path != null && Files.notExists(path); path = path.getParent()) {
            missing.add(path);
        }
        Collections.reverse(missing);
        for (Path path : missing) {
            Files.createDirectory(path);
            if (isPosix(path)) {
                // Said again after the creation, because the process's umask may have taken rights away.
                Files.setPosixFilePermissions(path, EVERYBODY_READS);
            }
        }
    }

    /// Found by a file of our own: the name of the running user is not known to every container.
    private static UserPrincipal writer(Path directory) throws IOException {
        Path probe = Files.createTempFile(directory, ".probe", "");
        try {
            return Files.getOwner(probe);
        } finally {
            Files.delete(probe);
        }
    }

    private static Optional<String> notOurs(Path path, UserPrincipal user) {
        try {
            UserPrincipal owner = Files.getOwner(path);
            if (!owner.equals(user)
                    || !Files.getOwner(path, LinkOption.NOFOLLOW_LINKS).equals(user)) {
                return Optional.of("it belongs to the user \"" + owner.getName() + "\" and not to \"" + user.getName()
                        + "\", who runs the router; change its owner or give another path");
            }
            if (!isPosix(path)) {
                return Optional.empty();
            }
            var others = EnumSet.of(PosixFilePermission.GROUP_WRITE, PosixFilePermission.OTHERS_WRITE);
            return Collections.disjoint(Files.getPosixFilePermissions(path), others)
                    ? Optional.empty()
                    : Optional.of("its group or others may write to it; take that right away: chmod go-w " + path);
        } catch (IOException e) {
            return Optional.of("its owner cannot be read (" + reason(e) + ")");
        }
    }

    private void note(Setting<Path> setting, Path directory) throws IOException {
        if (MEMORY.contains(Files.getFileStore(directory).type())) {
            inMemory.add(directory + " (" + setting.variable() + ")");
        } else if (directory.startsWith(TEMPORARY)) {
            temporary.add(directory + " (" + setting.variable() + ")");
        }
    }

    private List<String> warnings() {
        var warnings = new ArrayList<String>();
        if (!inMemory.isEmpty()) {
            warnings.add("in memory, lost at a restart of the machine: " + String.join(", ", inMemory));
        }
        if (!temporary.isEmpty()) {
            warnings.add("under /tmp, which many systems empty: " + String.join(", ", temporary));
        }
        return warnings;
    }

    private void refuse(Setting<Path> setting, Path path, String why) {
        problems.add(setting.variable() + ": \"" + path + "\" cannot be used: " + why);
    }

    private static boolean isPosix(Path path) {
        return Files.getFileAttributeView(path, PosixFileAttributeView.class) != null;
    }

    private static String reason(IOException e) {
        return e.getClass().getSimpleName();
    }
}
