package dev.comfyrouter.server.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/// Every object that live pages show, with the version at which it last changed: a reader who has seen version 7 asks
/// for
/// what is newer than 7.
///
/// So a slow reader costs nothing and misses nothing but what was overtaken: there is no queue of changes that could
/// grow.
final class LiveTable {
    private static final Duration REMOVALS = Duration.ofSeconds(60);

    /// Fields that may change alone, so that a step of progress does not send the whole row.
    private static final Set<String> LIVE = Set.of(
            "progress", "step", "steps", "phase", "preview", "reason", "position", "etaSeconds", "bytes", "rate");

    /// Fields that go along with others and are no news by themselves.
    private static final Set<String> SILENT = Set.of("minutes", "lastCheckAt");

    private final Versions versions;
    private final InstantSource clock;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();

    /// Guarded by `lock`, as are all fields below.
    private String epoch = newEpoch();

    private final Map<String, Entry> entries = new LinkedHashMap<>();
    private final Map<String, Aggregate> aggregates = new LinkedHashMap<>();
    private final Deque<Removal> removals = new ArrayDeque<>();
    private final Deque<Told> told = new ArrayDeque<>();
    private final Map<Long, byte[]> deltas = new HashMap<>();
    private long published;
    private long floor;
    private boolean over;

    private record Entry(ObjectNode rest, ObjectNode live, ObjectNode silent, long restVersion, long liveVersion) {
        long version() {
            return Math.max(restVersion, liveVersion);
        }
    }

    private record Aggregate(JsonNode value, long version) {}

    private record Removal(String key, long version, Instant at) {}

    private record Told(Notices.Notice notice, long version, Instant at) {}

    LiveTable(Versions versions, InstantSource clock) {
        this.versions = versions;
        this.clock = clock;
    }

    /// How far a reader has seen. Text: `epoch-version`.
    record Cursor(String epoch, long version) {
        static Optional<Cursor> parse(String text) {
            int dash = text.lastIndexOf('-');
            return dash > 0 && text.substring(dash + 1).matches("\\d{1,18}")
                    ? Optional.of(new Cursor(text.substring(0, dash), Long.parseLong(text.substring(dash + 1))))
                    : Optional.empty();
        }

        @Override
        public String toString() {
            return epoch + "-" + version;
        }
    }

    /// What a reader gets who waits.
    sealed interface News {
        /// Something has changed.
        ///
        /// @param json the changes since the reader's cursor
        /// @param notices what everybody was told since then
        record Changes(Cursor cursor, ByteBuffer json, List<Notices.Notice> notices) implements News {}

        record Quiet() implements News {}

        /// The reader's cursor means nothing any more: it must begin anew.
        record Reset() implements News {}

        record End() implements News {}
    }

    /// States an object as it is now; nothing happens when it was so before.
    ///
    /// @param key `t:<id>`, `n:<id>` or `d:<id>`
    void put(String key, ObjectNode whole) {
        ObjectNode rest = Json.MAPPER.createObjectNode();
        ObjectNode live = Json.MAPPER.createObjectNode();
        ObjectNode silent = Json.MAPPER.createObjectNode();
        whole.properties().forEach(field -> {
            String name = field.getKey();
            if (!name.equals("v")) {
                (LIVE.contains(name) ? live : SILENT.contains(name) ? silent : rest).set(name, field.getValue());
            }
        });
        lock.lock();
        try {
            Optional<Entry> before = Optional.ofNullable(entries.get(key));
            Optional<Long> sameRest =
                    before.filter(entry -> entry.rest().equals(rest)).map(Entry::restVersion);
            Optional<Long> sameLive =
                    before.filter(entry -> entry.live().equals(live)).map(Entry::liveVersion);
            long version = sameRest.isPresent() && sameLive.isPresent()
                    ? Math.max(sameRest.get(), sameLive.get())
                    : versions.next();
            entries.put(key, new Entry(rest, live, silent, sameRest.orElse(version), sameLive.orElse(version)));
            versions.set(key, version);
        } finally {
            lock.unlock();
        }
    }

    void remove(String key) {
        lock.lock();
        try {
            if (entries.remove(key) != null) {
                removals.add(new Removal(key, versions.next(), clock.instant()));
                versions.forget(key);
            }
        } finally {
            lock.unlock();
        }
    }

    /// States a figure that concerns all, such as `queue`.
    void aggregate(String name, JsonNode value) {
        lock.lock();
        try {
            Aggregate before = aggregates.get(name);
            if (before == null || !before.value().equals(value)) {
                aggregates.put(name, new Aggregate(value, versions.next()));
            }
        } finally {
            lock.unlock();
        }
    }

    /// Tells everybody who listens now, or comes back within a minute.
    void notice(Notices.Notice notice) {
        lock.lock();
        try {
            told.add(new Told(notice, versions.next(), clock.instant()));
        } finally {
            lock.unlock();
        }
    }

    /// Shows readers what was stated since the last time, all at once.
    void publish() {
        lock.lock();
        try {
            Instant old = clock.instant().minus(REMOVALS);
            while (!removals.isEmpty() && removals.getFirst().at().isBefore(old)) {
                floor = removals.removeFirst().version();
            }
            told.removeIf(each -> each.at().isBefore(old));
            if (published != versions.newest()) {
                published = versions.newest();
                deltas.clear();
                changed.signalAll();
            }
        } finally {
            lock.unlock();
        }
    }

    /// Forgets everything: whoever comes with an old cursor must begin anew.
    void clear() {
        lock.lock();
        try {
            epoch = newEpoch();
            entries.clear();
            aggregates.clear();
            removals.clear();
            told.clear();
            deltas.clear();
            versions.forgetAll();
            floor = versions.newest();
            published = versions.newest();
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    void end() {
        lock.lock();
        try {
            over = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    Cursor now() {
        lock.lock();
        try {
            return new Cursor(epoch, published);
        } finally {
            lock.unlock();
        }
    }

    String epoch() {
        return now().epoch();
    }

    /// Everything, with `since` for those who want to go on from here.
    ObjectNode snapshot() {
        ObjectNode all = Json.MAPPER.createObjectNode();
        lock.lock();
        try {
            all.put("since", new Cursor(epoch, versions.newest()).toString());
            all.set("nodes", wholes("n:"));
            all.set("tasks", wholes("t:"));
            all.set("downloads", wholes("d:"));
            aggregates.forEach((name, aggregate) -> all.set(name, aggregate.value()));
        } finally {
            lock.unlock();
        }
        return all;
    }

    /// Waits for changes that the reader has not seen.
    News await(Cursor seen, Duration time) throws InterruptedException {
        lock.lock();
        try {
            long left = time.toNanos();
            while (!over && seen.epoch().equals(epoch) && seen.version() >= published && left > 0) {
                left = changed.awaitNanos(left);
            }
            if (over) {
                return new News.End();
            }
            if (!seen.epoch().equals(epoch) || seen.version() < floor || seen.version() > versions.newest()) {
                return new News.Reset();
            }
            return seen.version() >= published
                    ? new News.Quiet()
                    : new News.Changes(
                            new Cursor(epoch, published),
                            ByteBuffer.wrap(deltas.computeIfAbsent(seen.version(), this::delta))
                                    .asReadOnlyBuffer(),
                            told.stream()
                                    .filter(each -> each.version() > seen.version())
                                    .map(Told::notice)
                                    .toList());
        } finally {
            lock.unlock();
        }
    }

    /// What is newer than a version. Most readers come from the same one: it is made once.
    private byte[] delta(long since) {
        ObjectNode delta = Json.MAPPER.createObjectNode();
        for (String kind : List.of("n", "t", "d")) {
            ArrayNode changes = Json.MAPPER.createArrayNode();
            entries.forEach((key, entry) -> {
                if (key.startsWith(kind + ":") && entry.version() > since) {
                    changes.add(entry.restVersion() > since ? whole(entry) : live(entry));
                }
            });
            if (!changes.isEmpty()) {
                delta.set(kind, changes);
            }
        }
        List<String> gone = new ArrayList<>();
        removals.stream()
                .filter(removal -> removal.version() > since && !entries.containsKey(removal.key()))
                .forEach(removal -> gone.add(removal.key()));
        if (!gone.isEmpty()) {
            delta.set("x", Json.MAPPER.valueToTree(gone));
        }
        aggregates.forEach((name, aggregate) -> {
            if (aggregate.version() > since) {
                delta.set(name, aggregate.value());
            }
        });
        return Json.bytes(delta);
    }

    private ArrayNode wholes(String kind) {
        ArrayNode all = Json.MAPPER.createArrayNode();
        entries.forEach((key, entry) -> {
            if (key.startsWith(kind)) {
                all.add(whole(entry));
            }
        });
        return all;
    }

    private static ObjectNode whole(Entry entry) {
        ObjectNode whole = entry.rest().deepCopy().put("v", entry.version());
        whole.setAll(entry.live());
        return whole.setAll(entry.silent());
    }

    private static ObjectNode live(Entry entry) {
        ObjectNode live = Json.MAPPER.createObjectNode();
        live.set("id", entry.rest().path("id"));
        return live.put("v", entry.version()).setAll(entry.live());
    }

    private static String newEpoch() {
        return HexFormat.of().toHexDigits(ThreadLocalRandom.current().nextInt());
    }
}
