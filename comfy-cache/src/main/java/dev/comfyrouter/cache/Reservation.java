package dev.comfyrouter.cache;

import java.io.IOException;
import java.time.Duration;

/// The space of one transfer: reserved before the bytes arrive, in one piece when the size is known, else step
/// by step.
final class Reservation {

    private static final Duration LOOK_AT_DISK = Duration.ofSeconds(2);
    private static final long STEP = 1L << 30;
    private static final int STEPS = 16;

    private final Transfer transfer;
    private final Equipment equipment;
    private final long maxBytes;

    /// How many bytes the file may have as it stands.
    private long granted;

    Reservation(Transfer transfer, Equipment equipment) {
        this.transfer = transfer;
        this.equipment = equipment;
        maxBytes = equipment.settings().maxBytes;
    }

    long granted() {
        return granted;
    }

    /// The next size to ask for when the end is not known.
    ///
    /// @throws DownloadException.NoRoom if there is none: the file has grown to the size of the cache
    long nextStep() {
        if (granted >= maxBytes) {
            throw tooLarge("it has no end in sight and");
        }
        return Math.min(maxBytes, granted + Math.clamp(maxBytes / STEPS, 1, STEP));
    }

    /// The size to ask for when a file of unknown size has this many bytes already.
    long enoughFor(long bytes) {
        return granted > bytes ? granted : Math.max(bytes, nextStep());
    }

    /// How a request for space ended.
    enum Answer {
        GRANTED,
        WAIT,
        /// Everything that has arrived has to go.
        GIVE_BACK
    }

    /// Gets space for a file of this size without waiting for anybody, by evicting if need be.
    ///
    /// @throws DownloadException.NoRoom if it can never fit
    Answer tryReserve(long bytes) throws IOException {
        while (true) {
            switch (equipment
                    .traffic()
                    .ask(transfer, bytes, equipment.diskRoom().bytes())) {
                case SpaceQueue.Verdict.Granted() -> {
                    granted = Math.max(granted, bytes);
                    return Answer.GRANTED;
                }
                case SpaceQueue.Verdict.Evict evict -> equipment.evictor().carryOut(evict);
                case SpaceQueue.Verdict.Wait(var shortage) -> {
                    transfer.waitsFor(shortage);
                    return Answer.WAIT;
                }
                case SpaceQueue.Verdict.GiveBack() -> {
                    return Answer.GIVE_BACK;
                }
                case SpaceQueue.Verdict.TooLarge(var max) -> throw tooLarge("it has " + bytes + " bytes and");
            }
        }
    }

    /// Waits until [#tryReserve] may have another answer.
    void await() throws InterruptedException {
        equipment.traffic().awaitRoom(transfer, LOOK_AT_DISK);
    }

    /// Evicts for a disk that is full although the limit is not reached.
    ///
    /// @return false if nothing can go
    boolean makeRoomOnDisk() throws IOException {
        var missing = Math.max(1, transfer.total().orElse(0) - transfer.bytes());
        var evict = equipment.traffic().evictForDisk(transfer, missing);
        if (evict.isPresent()) {
            equipment.evictor().carryOut(evict.get());
        }
        return evict.isPresent();
    }

    /// The bytes are gone from the disk.
    void giveBack() {
        granted = 0;
        equipment.traffic().giveBack(transfer);
    }

    private DownloadException tooLarge(String why) {
        var url = transfer.url.display();
        return new DownloadException.NoRoom(
                DownloadException.Reason.TOO_LARGE, url, url + ": " + why + " the whole cache holds " + maxBytes);
    }
}
