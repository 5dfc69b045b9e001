package dev.comfyrouter.cache;

import java.util.OptionalLong;

/// How the bytes under the limit are used. Guarded by the ledger's lock.
///
/// Files count in whole pages of 4 KiB. What is on its way out, in the trash, in quarantine or left of a broken
/// download counts until it is unlinked.
final class Space {

    private static final long PAGE = 4096;

    final long max;
    long blobs;
    long leaving;
    long trash;
    long quarantine;
    long kept;
    long reserved;

    Space(long max) {
        this.max = max;
    }

    static long pages(long bytes) {
        return (bytes + PAGE - 1) / PAGE * PAGE;
    }

    long used() {
        return blobs + leaving + trash + quarantine + kept + reserved;
    }

    long free() {
        return max - used();
    }

    /// How many more bytes must go before `want` more can be promised; 0 or less when nothing must.
    ///
    /// @param diskRoom what the disk may still take, empty when unknown
    /// @param unwritten what has been promised and is not on the disk yet
    long missing(long want, OptionalLong diskRoom, long unwritten) {
        var byLimit = want - free();
        var byDisk = diskRoom.isPresent() ? want - (diskRoom.getAsLong() - unwritten) : byLimit;
        return Math.max(byLimit, byDisk);
    }
}
