package dev.comfyrouter.server.http;

import dev.comfyrouter.server.task.TaskEvent;
import dev.comfyrouter.server.task.TaskState;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;

/// What ended within the last hour, by the minute: counted from the events, because the tasks themselves may be gone.
final class HourLog {
    private static final int MINUTES = 60;
    private static final int STARTS = 20_000;
    private static final int SAMPLES = 4_000;

    private final InstantSource clock;
    private final ReentrantLock lock = new ReentrantLock();

    /// Guarded by `lock`, as are all fields below. The newest minute is last.
    private final Deque<Minute> minutes = new ArrayDeque<>();

    /// Where and when the tasks that run now began.
    private final Map<Long, Start> starts = new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Long, Start> eldest) {
            return size() > STARTS;
        }
    };

    private final Deque<Sample> samples = new ArrayDeque<>();

    private record Start(String node, Instant at) {}

    private record Sample(Instant at, double seconds) {}

    private static final class Minute {
        final long number;
        int done;
        int failed;
        final Map<String, Integer> doneByNode = new HashMap<>();

        Minute(long number) {
            this.number = number;
        }
    }

    /// @param p50 median duration of a run in seconds; empty when nothing was done
    record Summary(int done, int failed, List<Integer> perMinute, Optional<Double> p50, Optional<Double> p95) {}

    HourLog(InstantSource clock) {
        this.clock = clock;
    }

    void hear(TaskEvent event) {
        lock.lock();
        try {
            switch (event.state()) {
                case SUBMITTING -> starts.put(event.number(), new Start(event.detail(), event.at()));
                case RUNNING -> {
                    Start start = starts.get(event.number());
                    if (start != null) {
                        starts.put(event.number(), new Start(start.node(), event.at()));
                    }
                }
                case SUCCEEDED, FAILED -> ended(event);
                case CANCELLED, BACKOFF, READY -> starts.remove(event.number());
                case ACCEPTED, PREPARING, SUBMITTED, COLLECTING -> {}
            }
        } finally {
            lock.unlock();
        }
    }

    private void ended(TaskEvent event) {
        Minute minute = now();
        Start start = starts.remove(event.number());
        if (event.state() == TaskState.FAILED) {
            minute.failed++;
            return;
        }
        minute.done++;
        if (start != null) {
            minute.doneByNode.merge(start.node(), 1, Integer::sum);
            samples.add(new Sample(
                    event.at(), Duration.between(start.at(), event.at()).toMillis() / 1000.0));
            if (samples.size() > SAMPLES) {
                samples.removeFirst();
            }
        }
    }

    /// How many tasks a node did.
    int doneBy(String nodeUrl) {
        lock.lock();
        try {
            Minute current = now();
            return minutes.stream()
                    .filter(minute -> minute.number > current.number - MINUTES)
                    .mapToInt(minute -> minute.doneByNode.getOrDefault(nodeUrl, 0))
                    .sum();
        } finally {
            lock.unlock();
        }
    }

    Summary summary() {
        lock.lock();
        try {
            Minute current = now();
            int[] perMinute = new int[MINUTES];
            int failed = 0;
            for (Minute minute : minutes) {
                int place = MINUTES - 1 - (int) (current.number - minute.number);
                if (place >= 0) {
                    perMinute[place] = minute.done;
                    failed += minute.failed;
                }
            }
            double[] seconds = samples.stream()
                    .filter(sample -> sample.at().isAfter(clock.instant().minus(Duration.ofMinutes(MINUTES))))
                    .mapToDouble(Sample::seconds)
                    .sorted()
                    .toArray();
            return new Summary(
                    Arrays.stream(perMinute).sum(),
                    failed,
                    Arrays.stream(perMinute).boxed().toList(),
                    share(seconds, 0.50),
                    share(seconds, 0.95));
        } finally {
            lock.unlock();
        }
    }

    private static Optional<Double> share(double[] sorted, double share) {
        return sorted.length == 0
                ? Optional.empty()
                : Optional.of(sorted[(int) Math.min(sorted.length - 1L, Math.round(share * (sorted.length - 1)))]);
    }

    private Minute now() {
        long number = clock.instant().getEpochSecond() / 60;
        if (minutes.isEmpty() || minutes.getLast().number < number) {
            minutes.add(new Minute(number));
            while (minutes.getFirst().number <= number - MINUTES) {
                minutes.removeFirst();
            }
        }
        return minutes.getLast();
    }
}
