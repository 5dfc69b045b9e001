package dev.comfyrouter.server.download;

import dev.comfyrouter.cache.FileCache;
import dev.comfyrouter.cache.Leases;
import dev.comfyrouter.server.task.Failure;
import dev.comfyrouter.server.task.LiveBoard;
import dev.comfyrouter.server.task.TaskId;
import dev.comfyrouter.server.time.Time;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;

/// Makes the files of waiting tasks present on the router's disk, and holds their leases until the tasks have ended.
///
/// Each preparing task has a virtual thread of its own; no node waits for it.
public final class Downloads implements AutoCloseable {
    private static final Logger LOG = System.getLogger(Downloads.class.getName());
    private static final Duration STOP = Duration.ofSeconds(3);

    private final FileCache cache;
    private final Linker linker;
    private final LiveBoard board;
    private final Patience patience;
    private final Time time;
    private final Turns turns = new Turns();

    private final ReentrantLock lock = new ReentrantLock();
    private final Map<Long, Preparing> preparing = new HashMap<>(); // Guarded by `lock`.
    private final Map<Long, Held> held = new HashMap<>(); // Guarded by `lock`.
    private boolean closed; // Guarded by `lock`.

    private record Held(Leases leases, PresentFiles files) {}

    /// How long files are tried for.
    ///
    /// @param timeout for all files of one task
    /// @param firstPause before a file is tried again that could not be had; doubled each time
    /// @param longestPause the most that it grows to
    public record Patience(Duration timeout, Duration firstPause, Duration longestPause) {
        public static Patience of(Duration timeout) {
            return new Patience(timeout, Duration.ofSeconds(5), Duration.ofMinutes(5));
        }
    }

    /// A task whose files are wanted.
    ///
    /// @param rank its place in the queue: smaller goes first
    /// @param deadline after which nobody wants the files any more, beside the time-out for downloads
    /// @param limit what the deadline is called, such as `maxWait, 60 s`
    public record Order(
            long number, TaskId task, Instant rank, RemoteFiles files, Optional<Instant> deadline, String limit) {}

    /// Who hears what becomes of the orders; each on the thread of its task.
    public interface Orderer {
        /// The work begins; false when the task has ended meanwhile.
        boolean begins(long number) throws InterruptedException;

        /// The files are here and leased until [#release].
        void present(long number, PresentFiles files) throws InterruptedException;

        /// A file cannot be had; nothing is leased.
        void failed(long number, Failure failure) throws InterruptedException;

        /// There is no room for a file of this task: a task behind it may give files back.
        void makeRoom(long number) throws InterruptedException;
    }

    /// @param models the models folder, a link root of the cache
    public Downloads(FileCache cache, Path models, LiveBoard board, Patience patience, Time time) {
        this.cache = cache;
        this.linker = new Linker(models);
        this.board = board;
        this.patience = patience;
        this.time = time;
    }

    /// Begins to make the files of a task present.
    public void prepare(Order order, Orderer orderer) {
        var task = new Preparing(order, orderer, this, cache, linker, turns, board, patience, time);
        lock.lock();
        try {
            if (!closed && preparing.putIfAbsent(order.number(), task) == null) {
                task.start();
            }
        } finally {
            lock.unlock();
        }
    }

    /// Leases the files of a task that had them, as they were when the router stopped.
    ///
    /// @return false when one of them is not as it was; the task must be prepared again
    public boolean tryHold(long number, RemoteFiles files, List<String> sha256s) throws InterruptedException {
        if (sha256s.size() != files.all().size()) {
            return false;
        }
        Optional<Leases> leases = cache.tryLease(sha256s);
        if (leases.isEmpty()) {
            return false;
        }
        try {
            PresentFiles present = linker.present(files, leases.get());
            keep(number, leases.get(), present);
            return true;
        } catch (Linker.Unusable unusable) {
            leases.get().close();
            return false; // preparing it again says why
        }
    }

    /// The files of a task that holds their leases.
    public Optional<PresentFiles> of(long number) {
        lock.lock();
        try {
            return Optional.ofNullable(held.get(number)).map(Held::files);
        } finally {
            lock.unlock();
        }
    }

    /// Whether giving back the files of this task would leave one of them to nobody.
    public boolean aloneHolds(long number) {
        lock.lock();
        try {
            Held own = held.get(number);
            if (own == null) {
                return false;
            }
            Set<String> others = new HashSet<>();
            held.forEach((other, files) -> {
                if (other != number) {
                    others.addAll(files.files().sha256s());
                }
            });
            return !others.containsAll(own.files().sha256s());
        } finally {
            lock.unlock();
        }
    }

    /// Lets go of everything that a task holds or waits for.
    public void release(long number) {
        Optional<Held> given;
        lock.lock();
        try {
            Preparing task = preparing.remove(number);
            if (task != null) {
                task.stop();
            }
            given = Optional.ofNullable(held.remove(number));
        } finally {
            lock.unlock();
        }
        given.ifPresent(files -> files.leases().close());
    }

    /// Stops; what has arrived of a file is kept for the next start.
    @Override
    public void close() {
        List<Preparing> all;
        lock.lock();
        try {
            closed = true;
            all = List.copyOf(preparing.values());
            all.forEach(Preparing::stop);
        } finally {
            lock.unlock();
        }
        try {
            long end = System.nanoTime() + STOP.toNanos();
            for (Preparing task : all) {
                if (!task.join(Duration.ofNanos(Math.max(1, end - System.nanoTime())))) {
                    LOG.log(Level.WARNING, "the preparing of {0} did not end in time", task);
                }
            }
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /// Keeps the leases of a task that still wants them; it is prepared then.
    boolean tryKeep(Preparing task, Leases leases, PresentFiles files) {
        lock.lock();
        try {
            boolean wanted = preparing.remove(task.number(), task);
            if (wanted) {
                held.put(task.number(), new Held(leases, files));
            }
            return wanted;
        } finally {
            lock.unlock();
        }
    }

    /// Ends the preparing of a task that fails; false when somebody else has ended it.
    boolean tryLeave(Preparing task) {
        lock.lock();
        try {
            return preparing.remove(task.number(), task);
        } finally {
            lock.unlock();
        }
    }

    /// The thread of a task has ended; what it may have said after the task's end is taken back.
    void ended(Preparing task) {
        var unused = tryLeave(task);
        if (task.stopped() && !stopping()) {
            board.remove(task.number());
        }
    }

    private void keep(long number, Leases leases, PresentFiles files) {
        lock.lock();
        try {
            held.put(number, new Held(leases, files));
        } finally {
            lock.unlock();
        }
    }

    boolean stopping() {
        lock.lock();
        try {
            return closed;
        } finally {
            lock.unlock();
        }
    }
}
