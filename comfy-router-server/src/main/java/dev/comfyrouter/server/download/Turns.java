package dev.comfyrouter.server.download;

import java.time.Instant;
import java.util.Comparator;
import java.util.TreeMap;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/// The order in which tasks ask for their files: that of the queue.
///
/// A task asks when everybody before it has asked and none of those is short of space. So a task that has given its
/// files back does not take them again before the one that needed the space has it.
final class Turns {
    /// The place of a task: the one with the smaller rank goes first, of two alike the older one.
    record Place(Instant rank, long number) implements Comparable<Place> {
        private static final Comparator<Place> ORDER =
                Comparator.comparing(Place::rank).thenComparingLong(Place::number);

        @Override
        public int compareTo(Place other) {
            return ORDER.compare(this, other);
        }
    }

    private enum Stage {
        WAITS,
        ASKS,
        HAS_ASKED,
        SHORT,
        RESTS;

        boolean letsNobodyPass() {
            return this == WAITS || this == ASKS || this == SHORT;
        }
    }

    private static final class Guest {
        private final Condition granted;
        private Stage stage = Stage.RESTS;

        Guest(Condition granted) {
            this.granted = granted;
        }
    }

    private final ReentrantLock lock = new ReentrantLock();
    private final TreeMap<Place, Guest> guests = new TreeMap<>(); // Guarded by `lock`, with what is in it.

    /// Waits until it is this task's turn. The task must say when it [#hasAsked].
    void await(Place place) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            Guest guest = guests.computeIfAbsent(place, ignored -> new Guest(lock.newCondition()));
            guest.stage = Stage.WAITS;
            grantNext();
            while (guest.stage == Stage.WAITS) {
                guest.granted.await();
            }
        } finally {
            lock.unlock();
        }
    }

    /// The task's request is with the cache, which serves older ones first.
    void hasAsked(Place place, boolean isShort) {
        set(place, isShort ? Stage.SHORT : Stage.HAS_ASKED);
    }

    /// The task lets others pass until it waits for its turn again.
    void rest(Place place) {
        set(place, Stage.RESTS);
    }

    void leave(Place place) {
        lock.lock();
        try {
            guests.remove(place);
            grantNext();
        } finally {
            lock.unlock();
        }
    }

    private void set(Place place, Stage stage) {
        lock.lock();
        try {
            Guest guest = guests.get(place);
            if (guest != null && guest.stage != stage) {
                guest.stage = stage;
                grantNext();
            }
        } finally {
            lock.unlock();
        }
    }

    private void grantNext() {
        for (Guest guest : guests.values()) {
            if (guest.stage == Stage.WAITS) {
                guest.stage = Stage.ASKS;
                guest.granted.signal();
            }
            if (guest.stage.letsNobodyPass()) {
                return;
            }
        }
    }
}
