package dev.comfyrouter.server.http;

import dev.comfyrouter.server.task.Task;
import dev.comfyrouter.server.task.TaskEvent;
import dev.comfyrouter.server.task.TaskState;
import dev.comfyrouter.server.task.TaskStep;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.IntSupplier;

/// A guess at the time that tasks have left, from the speed of their own run and from the runs that ended lately.
///
/// It is a range, so that nobody takes it for a promise: from a quick run to a slow one.
final class Forecast {
    private static final int KEPT = 50;
    private static final int ENOUGH = 3;
    private static final double QUICK = 0.25;
    private static final double SLOW = 0.90;

    /// Before that much of a run its own speed says little: models are still being loaded.
    private static final double TELLING = 0.05;

    private final IntSupplier nodes;
    private final InstantSource clock;
    private final ReentrantLock lock = new ReentrantLock();

    /// When the tasks that run now began to. Guarded by `lock`, as is the field below.
    private final Map<Long, Instant> starts = new HashMap<>();

    private final Map<String, Deque<Double>> runs = new HashMap<>();

    /// @param nodes how many nodes take work
    Forecast(IntSupplier nodes, InstantSource clock) {
        this.nodes = nodes;
        this.clock = clock;
    }

    void hear(TaskStep step) {
        TaskEvent event = step.event();
        lock.lock();
        try {
            if (event.state() == TaskState.RUNNING) {
                starts.put(event.number(), event.at());
            } else if (event.state().terminal()) {
                Instant start = starts.remove(event.number());
                if (event.state() == TaskState.SUCCEEDED && start != null) {
                    learn(step.type(), Duration.between(start, event.at()).toMillis() / 1000.0);
                }
            } else if (event.state() == TaskState.BACKOFF || event.state() == TaskState.READY) {
                starts.remove(event.number());
            }
        } finally {
            lock.unlock();
        }
    }

    private void learn(String type, double seconds) {
        Deque<Double> kept = runs.computeIfAbsent(type, name -> new ArrayDeque<>());
        kept.add(seconds);
        if (kept.size() > KEPT) {
            kept.removeFirst();
        }
    }

    /// Seconds to the end of a task, from and to.
    ///
    /// @param share how much of its run is done
    /// @param place in the queue from 1; empty when it has left it
    Optional<List<Long>> left(Task task, double share, OptionalInt place) {
        return switch (task.state()) {
            case RUNNING -> running(task, share);
            case ACCEPTED, PREPARING, READY, BACKOFF ->
                place.isEmpty() ? Optional.empty() : waiting(task, place.getAsInt());
            case SUBMITTING, SUBMITTED, COLLECTING, SUCCEEDED, FAILED, CANCELLED -> Optional.empty();
        };
    }

    private Optional<List<Long>> running(Task task, double share) {
        lock.lock();
        try {
            Optional<Instant> start =
                    Optional.ofNullable(starts.get(task.number())).or(task::startedAt);
            if (start.isEmpty()) {
                return Optional.empty();
            }
            double run = Duration.between(start.get(), clock.instant()).toMillis() / 1000.0;
            if (share >= TELLING && run >= 1) {
                double rest = run * (1 - share) / share;
                return range(0.8 * rest, 1.25 * rest + 1);
            }
            List<Double> sorted = sorted(List.of(task.type()));
            return sorted.size() < ENOUGH || run > at(sorted, SLOW)
                    ? Optional.empty()
                    : range(at(sorted, QUICK) - run, at(sorted, SLOW) - run);
        } finally {
            lock.unlock();
        }
    }

    private Optional<List<Long>> waiting(Task task, int place) {
        int hands = nodes.getAsInt();
        lock.lock();
        try {
            List<Double> any = sorted(List.copyOf(runs.keySet()));
            List<Double> own = sorted(List.of(task.type()));
            if (hands == 0 || any.size() < ENOUGH) {
                return Optional.empty();
            }
            List<Double> run = own.size() < ENOUGH ? any : own;
            double soonest = Math.floorDiv(place - 1, hands) * at(any, QUICK) + at(run, QUICK);
            double latest = Math.ceilDiv(place, hands) * at(any, SLOW) + at(run, SLOW);
            return range(soonest, latest);
        } finally {
            lock.unlock();
        }
    }

    private List<Double> sorted(List<String> of) {
        return of.stream()
                .flatMap(type -> runs.getOrDefault(type, new ArrayDeque<>()).stream())
                .sorted()
                .toList();
    }

    private static double at(List<Double> sorted, double share) {
        return sorted.get((int) Math.round(share * (sorted.size() - 1)));
    }

    /// Whole seconds: a figure that changes all the time says no more.
    private static Optional<List<Long>> range(double from, double to) {
        return Optional.of(List.of(Math.max(0, Math.round(Math.floor(from))), Math.max(1, Math.round(Math.ceil(to)))));
    }
}
