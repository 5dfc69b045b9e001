package dev.comfyrouter.cache;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;

/// One running download and those who wait for it.
///
/// What the transfer's own thread reports is volatile; everything else is guarded by the ledger's lock.
final class Transfer {

    /// Somebody who waits.
    record Waiter(Acquisition acquisition, Acquisition.Slot slot, boolean starter) {}

    final String id = UUID.randomUUID().toString();
    final DownloadRequest request;
    final UrlIdentity url;
    final Instant started;
    final Call call = new Call();
    final Meter meter;

    /// The file that the cache has for this URL already, when the server is asked whether it has changed.
    final Optional<FileRecord> known;

    // Guarded by the ledger's lock
    final List<Waiter> waiters = new ArrayList<>();
    long held;
    boolean waitsForSpace;
    long wanted;
    boolean mustGiveBack;
    boolean stopping;
    Optional<DownloadException> ordered = Optional.empty();

    // Written by the transfer's thread only
    private volatile Progress.Phase phase = Progress.Phase.QUEUED;
    private volatile long bytes;
    private volatile long total = -1;
    private final AtomicInteger restarts = new AtomicInteger();
    private volatile String name;
    private volatile Optional<Progress.Shortage> shortage = Optional.empty();
    private volatile Optional<String> trouble = Optional.empty();

    Transfer(DownloadRequest request, UrlIdentity url, Optional<FileRecord> known, Instant started, Meter meter) {
        this.request = request;
        this.url = url;
        this.known = known;
        this.started = started;
        this.meter = meter;
        name = request.name().or(() -> FileNames.fromUrl(request.url())).orElse("file");
    }

    /// The oldest of those who wait; nobody is older than a transfer that nobody waits for is young.
    long ticket() {
        return waiters.stream()
                .mapToLong(waiter -> waiter.acquisition().ticket())
                .min()
                .orElse(Long.MAX_VALUE);
    }

    void enter(Progress.Phase now) {
        phase = now;
        if (now != Progress.Phase.RESERVE) {
            shortage = Optional.empty();
        }
        if (now == Progress.Phase.DOWNLOAD) {
            trouble = Optional.empty();
            meter.resume();
            meter.at(bytes);
        }
    }

    void waitsFor(Progress.Shortage what) {
        shortage = Optional.of(what);
        phase = Progress.Phase.RESERVE;
    }

    /// Why the last try ended early; forgotten when bytes come again.
    void had(String why) {
        trouble = Optional.of(why);
    }

    void has(long now) {
        bytes = now;
        meter.at(now);
    }

    void restarted() {
        restarts.incrementAndGet();
        bytes = 0;
        meter.reset();
    }

    void sized(OptionalLong size) {
        total = size.orElse(-1);
    }

    void named(String fileName) {
        name = fileName;
    }

    long bytes() {
        return bytes;
    }

    String name() {
        return name;
    }

    Optional<Progress.Shortage> shortage() {
        return shortage;
    }

    Optional<String> trouble() {
        return trouble;
    }

    OptionalLong total() {
        var size = total;
        return size < 0 ? OptionalLong.empty() : OptionalLong.of(size);
    }

    Progress progress() {
        var size = total();
        var now = size.isPresent() ? Math.min(bytes, size.getAsLong()) : bytes;
        var moving = phase == Progress.Phase.DOWNLOAD;
        return new Progress(phase, now, size, moving ? meter.bytesPerSecond() : 0, restarts.get(), shortage);
    }
}
