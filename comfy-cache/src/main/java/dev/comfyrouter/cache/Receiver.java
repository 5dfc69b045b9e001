package dev.comfyrouter.cache;

import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;
import java.util.OptionalLong;

/// Moves a body into a part: never more than is reserved, never more than was promised, and not for ever.
final class Receiver {

    private static final int BUFFER = 1 << 17;

    /// A body that brings less than this within the stall time-out counts as silent.
    private static final int CRAWL = 1024;

    private final Transfer transfer;
    private final Part part;
    private final Reservation reservation;
    private final Equipment equipment;

    private byte[] buffer = new byte[BUFFER];
    private long windowStart;
    private long windowBytes;

    Receiver(Transfer transfer, Part part, Reservation reservation, Equipment equipment) {
        this.transfer = transfer;
        this.part = part;
        this.reservation = reservation;
        this.equipment = equipment;
    }

    /// Looks at the beginning of a file.
    @FunctionalInterface
    interface HeadCheck {
        void check(byte[] head) throws IOException;
    }

    /// Receives until the end of the body.
    ///
    /// @param total the size that the file must have, empty when unknown
    /// @param headCheck called once, when the beginning is there
    /// @return empty when the end was reached, else the size to reserve before the rest can be received
    /// @throws Broken if the connection broke
    /// @throws DownloadException if the body is longer than it may be, or begins wrongly
    OptionalLong receive(InputStream body, OptionalLong total, HeadCheck headCheck)
            throws IOException, Broken, InterruptedException {
        windowStart = equipment.settings().clock.millis();
        var headSeen = part.length() >= Structure.HEAD;
        while (true) {
            // One byte when nothing more is reserved, to see whether the body ends here.
            var count = read(body, Math.clamp(reservation.granted() - part.length(), 1, BUFFER));
            if (count < 0) {
                break;
            }
            if (total.isPresent() && part.length() + count > total.getAsLong()) {
                throw new DownloadException.WrongContent(
                        DownloadException.Reason.SIZE_MISMATCH,
                        transfer.url.display(),
                        transfer.url.display() + ": more than the promised " + total.getAsLong() + " bytes");
            }
            if (part.length() + count > reservation.granted()) {
                var next = reservation.nextStep();
                if (reservation.tryReserve(next) != Reservation.Answer.GRANTED) {
                    return OptionalLong.of(next);
                }
            }
            append(count);
            transfer.has(part.length());
            equipment.counters().downloadedBytes.add(count);
            if (!headSeen && part.length() >= Structure.HEAD) {
                headSeen = true;
                headCheck.check(part.head());
            }
            watchSpeed(count);
        }
        if (total.isPresent() && part.length() < total.getAsLong()) {
            throw new Broken(
                    "the body ended after " + part.length() + " of " + total.getAsLong() + " bytes",
                    Optional.empty(),
                    true);
        }
        if (!headSeen && part.length() > 0) {
            headCheck.check(part.head());
        }
        return OptionalLong.empty();
    }

    private int read(InputStream body, int limit) throws Broken {
        try {
            return body.read(buffer, 0, limit);
        } catch (IOException e) {
            if (transfer.call.isStopped()) {
                throw new Stopped();
            }
            throw Broken.by(e);
        }
    }

    private void append(int count) throws IOException, InterruptedException {
        try {
            buffer = part.append(buffer, count);
        } catch (IOException e) {
            if (!DiskRoom.isFull(e) || !reservation.makeRoomOnDisk()) {
                throw e;
            }
            buffer = part.append(buffer, count);
        }
    }

    private void watchSpeed(int count) throws Broken {
        windowBytes += count;
        var now = equipment.settings().clock.millis();
        if (now - windowStart > equipment.settings().stallTimeout.toMillis()) {
            if (windowBytes < CRAWL) {
                throw new Broken(
                        "only " + windowBytes + " bytes came in " + (now - windowStart) + " ms",
                        Optional.empty(),
                        false);
            }
            windowStart = now;
            windowBytes = 0;
        }
        if (transfer.call.isStopped()) {
            throw new Stopped();
        }
    }
}
