package dev.comfyrouter.server.schedule;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongPredicate;
import org.jspecify.annotations.Nullable;

/// The tasks that wait for a node, in the order in which they go.
final class WaitingQueue {
    private record Place(Instant rank, long number) implements Comparable<Place> {
        private static final Comparator<Place> ORDER =
                Comparator.comparing(Place::rank).thenComparingLong(Place::number);

        @Override
        public int compareTo(Place other) {
            return ORDER.compare(this, other);
        }
    }

    /// Where each task of a long queue stood at a moment.
    private record Count(Instant at, Map<Long, Integer> positions) {}

    private static final int COUNTED_EACH_TIME = 1000;
    private static final Duration COUNT_AGE = Duration.ofSeconds(1);

    private final ConcurrentSkipListMap<Place, WaitingTask> ready = new ConcurrentSkipListMap<>();
    private final Map<Long, WaitingTask> resting = new ConcurrentHashMap<>();

    /// Where each ready task stands. A task enters and leaves `ready` inside a step of its entry here, so that it is in
    /// both or in neither.
    private final ConcurrentMap<Long, Place> places = new ConcurrentHashMap<>();

    /// The last count of a long queue. Replaced as a whole; two callers may count at once.
    private volatile Count count = new Count(Instant.EPOCH, Map.of());

    void add(WaitingTask task) {
        if (task.notBefore().isPresent()) {
            resting.put(task.number(), task);
            return;
        }
        places.compute(task.number(), (number, none) -> {
            Place place = new Place(task.rank(), number);
            ready.put(place, task);
            return place;
        });
    }

    /// Takes a task out; empty when it is not here.
    Optional<WaitingTask> remove(long number) {
        AtomicReference<@Nullable WaitingTask> taken = new AtomicReference<>(resting.remove(number));
        places.computeIfPresent(number, (same, place) -> {
            taken.set(ready.remove(place));
            return null;
        });
        return Optional.ofNullable(taken.get());
    }

    /// The first tasks, after those whose rest is over have joined.
    List<WaitingTask> first(int count, Instant now) {
        for (WaitingTask task : List.copyOf(resting.values())) {
            if (!now.isBefore(task.notBefore().orElse(now)) && resting.remove(task.number(), task)) {
                add(new WaitingTask(
                        task.task(),
                        task.needs(),
                        task.requires(),
                        now,
                        Optional.empty(),
                        task.attempts(),
                        task.tried()));
            }
        }
        List<WaitingTask> first = new ArrayList<>(count);
        for (WaitingTask task : ready.values()) {
            if (first.size() == count) {
                break;
            }
            first.add(task);
        }
        return first;
    }

    /// The next tasks behind another one, which may have left meanwhile.
    List<WaitingTask> behind(WaitingTask task, int count) {
        return ready.tailMap(new Place(task.rank(), task.number()), false).values().stream()
                .limit(count)
                .toList();
    }

    /// Takes out the last task behind another one, of those that never had an attempt and that pass a test.
    Optional<WaitingTask> takeLast(WaitingTask before, LongPredicate test) {
        Place border = new Place(before.rank(), before.number());
        for (WaitingTask task : ready.tailMap(border, false).descendingMap().values()) {
            if (task.attempts() == 0 && test.test(task.number())) {
                Optional<WaitingTask> taken = remove(task.number());
                if (taken.isPresent()) {
                    return taken; // otherwise it was given to a node just now
                }
            }
        }
        return Optional.empty();
    }

    /// Tasks that never had an attempt and whose deadline for one has passed.
    List<WaitingTask> expired(Instant now) {
        return ready.values().stream()
                .filter(task -> task.attempts() == 0 && now.isAfter(task.task().deadline()))
                .toList();
    }

    /// The place of a task from 1, or empty when it does not wait here. In a long queue the places are those of a
    /// moment ago: to count them takes time that grows with the queue, so it is done once a second for all.
    OptionalInt position(long number, Instant now) {
        Place place = places.get(number);
        if (place == null) {
            return OptionalInt.empty();
        }
        if (places.size() <= COUNTED_EACH_TIME) {
            return OptionalInt.of(ready.headMap(place, true).size());
        }
        Count last = count;
        if (Duration.between(last.at(), now).compareTo(COUNT_AGE) >= 0) {
            last = count(now);
            count = last;
        }
        return OptionalInt.of(
                last.positions().getOrDefault(number, places.size())); // those that came since are the last
    }

    private Count count(Instant now) {
        Map<Long, Integer> positions = new HashMap<>();
        for (Place place : ready.keySet()) {
            positions.put(place.number(), positions.size() + 1);
        }
        return new Count(now, positions);
    }

    int size() {
        return places.size() + resting.size();
    }
}
