package dev.comfyrouter.server.download;

import dev.comfyrouter.cache.DownloadException;
import dev.comfyrouter.cache.FileCache;
import dev.comfyrouter.cache.Leases;
import dev.comfyrouter.cache.Progress;
import dev.comfyrouter.server.task.Failure;
import dev.comfyrouter.server.task.FailureClass;
import dev.comfyrouter.server.task.LiveBoard;
import dev.comfyrouter.server.time.Time;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/// One task whose files are being made present, with the thread that does it, read from top to bottom.
final class Preparing {
    private static final Logger LOG = System.getLogger(Preparing.class.getName());
    private static final Duration ROOM_PAUSE = Duration.ofMillis(500);

    private final Downloads.Order order;
    private final Downloads.Orderer orderer;
    private final Downloads downloads;
    private final FileCache cache;
    private final Linker linker;
    private final Turns turns;
    private final LiveBoard board;
    private final Downloads.Patience patience;
    private final Time time;
    private final Turns.Place place;
    private final Thread thread;
    private volatile boolean stopped;

    /// Whether it has a place among the turns. Used by the thread alone.
    private boolean inLine;

    /// When room was last asked for. Used by the thread alone.
    private Instant roomAskedAt = Instant.EPOCH;

    Preparing(
            Downloads.Order order,
            Downloads.Orderer orderer,
            Downloads downloads,
            FileCache cache,
            Linker linker,
            Turns turns,
            LiveBoard board,
            Downloads.Patience patience,
            Time time) {
        this.order = order;
        this.orderer = orderer;
        this.downloads = downloads;
        this.cache = cache;
        this.linker = linker;
        this.turns = turns;
        this.board = board;
        this.patience = patience;
        this.time = time;
        this.place = new Turns.Place(order.rank(), order.number());
        this.thread = time.thread(Thread.ofVirtual().name("files-" + order.number()), this::live);
    }

    long number() {
        return order.number();
    }

    void start() {
        thread.start();
    }

    /// Nobody wants the files any more, or the router stops.
    void stop() {
        stopped = true;
        thread.interrupt();
    }

    boolean stopped() {
        return stopped;
    }

    boolean join(Duration patience) throws InterruptedException {
        return thread.join(patience);
    }

    private void live() {
        try {
            prepareOrFail();
        } catch (InterruptedException ended) {
            LOG.log(Level.DEBUG, "{0} is not prepared any further", this);
        } catch (RuntimeException | Error broken) {
            if (!downloads.stopping()) {
                LOG.log(
                        Level.ERROR,
                        "the preparing of " + this + " broke; the task goes on after a restart of the router",
                        broken);
            }
        } finally {
            leaveTurns();
            downloads.ended(this);
        }
    }

    private void prepareOrFail() throws InterruptedException {
        try {
            prepare();
        } catch (RuntimeException broken) {
            if (downloads.stopping()) {
                throw broken; // its cache is closed
            }
            LOG.log(Level.ERROR, "the preparing of " + this + " met a fault of the router", broken);
            fail(Failure.of(
                    FailureClass.INFRASTRUCTURE, "a fault of the router, of which its log tells more: " + broken));
        }
    }

    private void prepare() throws InterruptedException {
        if (!orderer.begins(order.number())) {
            return;
        }
        Limit limit = limit();
        Duration pause = patience.firstPause();
        String trouble = "";
        while (true) {
            switch (attempt(limit)) {
                case Attempt.Kept(PresentFiles files) -> {
                    leaveTurns();
                    orderer.present(order.number(), files);
                    return;
                }
                case Attempt.Refused(Verdict.Again again) -> {
                    rest(again, pause, limit);
                    trouble = "; before that: " + again.why();
                    pause = shorter(pause.multipliedBy(2), patience.longestPause());
                }
                case Attempt.Refused(Verdict.TooLate late) -> {
                    fail(limit.passed(late.missing() + trouble));
                    return;
                }
                case Attempt.Refused(Verdict.Failed failed) -> {
                    fail(failed.failure());
                    return;
                }
                case Attempt.Refused(Verdict.Left left) -> {
                    return;
                }
                case Attempt.NotWanted none -> {
                    return;
                }
            }
        }
    }

    private sealed interface Attempt {
        record Kept(PresentFiles files) implements Attempt {}

        record Refused(Verdict verdict) implements Attempt {}

        /// The task has ended while its files came.
        record NotWanted() implements Attempt {}
    }

    private Attempt attempt(Limit limit) throws InterruptedException {
        board.waits(order.number(), "waits for its turn to fetch its files");
        inLine = true;
        turns.await(place);
        try {
            Leases leases =
                    cache.acquire(order.files().requests(linker.models(), limit.end(), order.task()), this::progress);
            boolean kept = false;
            try {
                PresentFiles files = linker.present(order.files(), leases);
                kept = downloads.tryKeep(this, leases, files);
                return kept ? new Attempt.Kept(files) : new Attempt.NotWanted();
            } finally {
                if (!kept) {
                    leases.close();
                }
            }
        } catch (DownloadException failed) {
            return new Attempt.Refused(Verdict.of(failed));
        } catch (Linker.Unusable unusable) {
            return new Attempt.Refused(unusable.verdict());
        }
    }

    private void progress(List<Progress> progress) {
        boolean isShort = progress.stream().anyMatch(Preparing::isShort);
        turns.hasAsked(place, isShort);
        board.waits(order.number(), WaitReason.of(order.files().all(), progress));
        if (isShort && !time.instant().isBefore(roomAskedAt.plus(ROOM_PAUSE))) {
            roomAskedAt = time.instant();
            try {
                orderer.makeRoom(order.number());
            } catch (InterruptedException ended) {
                Thread.currentThread().interrupt(); // the acquisition sees it next
            }
        }
    }

    private static boolean isShort(Progress progress) {
        return progress.shortage()
                .filter(shortage -> shortage.freeBytes() < shortage.neededBytes())
                .isPresent();
    }

    /// Lets others pass and waits, unless the limit would pass meanwhile.
    private void rest(Verdict.Again again, Duration pause, Limit limit) throws InterruptedException {
        turns.rest(place);
        Duration wait =
                again.notBefore().filter(asked -> asked.compareTo(pause) > 0).orElse(pause);
        Duration left = Duration.between(time.instant(), limit.end());
        board.waits(
                order.number(),
                "waits for its files, tries again in " + WaitReason.time(shorter(wait, left)) + ": " + again.why());
        LOG.log(Level.INFO, "{0} waits for its files: {1}", this, again.why());
        if (left.isPositive()) {
            time.pause(shorter(wait, left));
        }
    }

    /// Once: from when the files are present the task may be prepared anew, at the same place and by another thread.
    private void leaveTurns() {
        if (inLine) {
            inLine = false;
            turns.leave(place);
        }
    }

    /// After this nobody hears of the task again, so it must be out of the way before its end is written down.
    private void fail(Failure failure) throws InterruptedException {
        leaveTurns();
        if (downloads.tryLeave(this)) {
            LOG.log(Level.WARNING, "{0} fails: {1}", this, failure.message());
            orderer.failed(order.number(), failure);
        }
    }

    /// Until when the files are waited for, and what the limit is called.
    private record Limit(Instant end, String name) {
        Failure passed(String missing) {
            return Failure.of(FailureClass.EXPIRED, "its files were not there within " + name + ": " + missing);
        }
    }

    private Limit limit() {
        Instant end = time.instant().plus(patience.timeout());
        return order.deadline()
                .filter(end::isAfter)
                .map(deadline -> new Limit(deadline, order.limit()))
                .orElseGet(() -> new Limit(
                        end, "the download time-out, " + patience.timeout().toSeconds() + " s"));
    }

    private static Duration shorter(Duration a, Duration b) {
        return a.compareTo(b) < 0 ? a : b;
    }

    @Override
    public String toString() {
        return "task #" + order.number();
    }
}
