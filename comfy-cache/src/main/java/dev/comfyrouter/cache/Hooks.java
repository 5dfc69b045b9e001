package dev.comfyrouter.cache;

import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Optional;
import java.util.OptionalLong;

/// The places where a test puts itself between the cache and the world.
///
/// @param probe told before each change on disk
/// @param names looks host names up
/// @param usableSpace free bytes of the disk, instead of what the disk says
/// @param networkDisk whether the cache folder is on a network file system, instead of what the disk says
/// @param readOnly whether the cache folder counts as not writable
/// @param bootId tells one start of the machine from another, instead of what the kernel says
record Hooks(
        Probe probe,
        Names names,
        Optional<UsableSpace> usableSpace,
        Optional<Boolean> networkDisk,
        boolean readOnly,
        Optional<String> bootId) {

    static final Hooks NONE = new Hooks(
            step -> {}, InetAddress::getAllByName, Optional.empty(), Optional.empty(), false, Optional.empty());

    /// Told before each change on disk; what it throws happens instead of the change.
    @FunctionalInterface
    interface Probe {
        void at(String step) throws IOException;
    }

    /// Looks a host name up.
    @FunctionalInterface
    interface Names {
        InetAddress[] addresses(String host) throws UnknownHostException;
    }

    /// Free bytes of a disk, empty when unknown.
    @FunctionalInterface
    interface UsableSpace {
        OptionalLong bytes();
    }

    Hooks withProbe(Probe other) {
        return new Hooks(other, names, usableSpace, networkDisk, readOnly, bootId);
    }

    Hooks withNames(Names other) {
        return new Hooks(probe, other, usableSpace, networkDisk, readOnly, bootId);
    }

    Hooks withUsableSpace(UsableSpace other) {
        return new Hooks(probe, names, Optional.of(other), networkDisk, readOnly, bootId);
    }

    Hooks withNetworkDisk(boolean other) {
        return new Hooks(probe, names, usableSpace, Optional.of(other), readOnly, bootId);
    }

    Hooks asReadOnly() {
        return new Hooks(probe, names, usableSpace, networkDisk, true, bootId);
    }

    Hooks withBootId(String other) {
        return new Hooks(probe, names, usableSpace, networkDisk, readOnly, Optional.of(other));
    }
}
