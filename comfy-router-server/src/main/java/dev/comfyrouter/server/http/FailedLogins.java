package dev.comfyrouter.server.http;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;

/// Who has sent wrong credentials lately: each further failure of an address is answered later than the one before.
///
/// A pure book-keeper: it says how long to wait, others wait. The table is bounded: the address that failed longest
/// ago goes first.
final class FailedLogins {
    private static final int ADDRESSES = 4096;
    private static final int FREE = 5;
    private static final Duration STEP = Duration.ofMillis(500);
    private static final Duration LONGEST = Duration.ofSeconds(5);
    private static final Duration FORGET = Duration.ofMinutes(10);

    private final InstantSource clock;
    private final ReentrantLock lock = new ReentrantLock();

    /// Guarded by `lock`.
    private final Map<String, Row> rows = new LinkedHashMap<>(64, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Row> eldest) {
            return size() > ADDRESSES;
        }
    };

    private record Row(int failures, Instant last, Instant answered) {}

    FailedLogins(InstantSource clock) {
        this.clock = clock;
    }

    /// Notes a failure.
    ///
    /// @return how long its answer must wait; empty when so many wait already that it is refused at once
    Optional<Duration> failed(String address) {
        Instant now = clock.instant();
        lock.lock();
        try {
            Row before = rows.get(address);
            if (before == null || before.last().plus(FORGET).isBefore(now)) {
                before = new Row(0, now, now);
            }
            int failures = before.failures() + 1;
            if (failures <= FREE) {
                rows.put(address, new Row(failures, now, now));
                return Optional.of(Duration.ZERO);
            }
            Instant answer = (before.answered().isAfter(now) ? before.answered() : now).plus(STEP);
            if (answer.isAfter(now.plus(LONGEST))) {
                rows.put(address, new Row(failures, now, before.answered()));
                return Optional.empty();
            }
            rows.put(address, new Row(failures, now, answer));
            return Optional.of(Duration.between(now, answer));
        } finally {
            lock.unlock();
        }
    }

    int size() {
        lock.lock();
        try {
            return rows.size();
        } finally {
            lock.unlock();
        }
    }
}
