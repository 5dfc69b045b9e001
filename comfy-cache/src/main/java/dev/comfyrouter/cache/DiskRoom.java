package dev.comfyrouter.cache;

import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.FileStore;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/// What the disk below the cache may still take, whatever the limit of the cache.
final class DiskRoom {

    private static final Logger LOG = System.getLogger(DiskRoom.class.getName());
    private static final long FLOOR = 2L << 30;
    private static final Set<String> NETWORK = Set.of(
            "nfs", "nfs4", "cifs", "smb2", "smb3", "smbfs", "9p", "ceph", "glusterfs", "lustre", "afs", "beegfs");

    private final FileStore store;
    private final OptionalLong floor;
    private final Optional<Hooks.UsableSpace> replacement;

    DiskRoom(FileStore store, OptionalLong floor, Optional<Hooks.UsableSpace> replacement) {
        this.store = store;
        this.floor = floor;
        this.replacement = replacement;
    }

    /// Bytes above the floor that is left to others; negative below it, empty when the disk does not say.
    OptionalLong bytes() {
        try {
            var usable = replacement.isPresent() ? replacement.get().bytes() : OptionalLong.of(store.getUsableSpace());
            return usable.isPresent() ? OptionalLong.of(usable.getAsLong() - floor()) : usable;
        } catch (IOException e) {
            LOG.log(Level.DEBUG, "The disk does not say how full it is: {0}", e.toString());
            return OptionalLong.empty();
        }
    }

    private long floor() throws IOException {
        return floor.isPresent() ? floor.getAsLong() : Math.max(FLOOR, store.getTotalSpace() / 50);
    }

    /// Whether other hosts may have files of this disk open, so that unlinking one could take it from under
    /// them.
    static boolean isNetwork(FileStore store) {
        var type = store.type().toLowerCase(Locale.ROOT);
        return NETWORK.contains(type) || type.startsWith("fuse.sshfs");
    }

    /// Whether a failure says that the disk, or the user's share of it, is full.
    static boolean isFull(IOException failure) {
        var text = String.valueOf(failure.getMessage()).toLowerCase(Locale.ROOT);
        return text.contains("no space left")
                || text.contains("quota exceeded")
                || text.contains("not enough space")
                || text.contains("disk full");
    }
}
