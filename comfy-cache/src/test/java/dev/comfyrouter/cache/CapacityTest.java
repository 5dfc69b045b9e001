package dev.comfyrouter.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The limit holds at every moment, and what goes is what was used longest ago.
class CapacityTest extends PagesTest {

    /// What the cache should do, in twenty lines: an ordered map, the least recently released first.
    private static final class Model {
        final LinkedHashMap<Integer, Integer> pages = new LinkedHashMap<>();
        final Map<Integer, Integer> leases = new LinkedHashMap<>();
        final Set<Integer> pinned = new HashSet<>();

        boolean isFree(int file) {
            return leases.getOrDefault(file, 0) == 0 && !pinned.contains(file);
        }

        int used() {
            return pages.values().stream().mapToInt(Integer::intValue).sum();
        }

        int evictable() {
            return pages.keySet().stream()
                    .filter(this::isFree)
                    .mapToInt(pages::get)
                    .sum();
        }

        void add(int file, int size, int max) {
            for (var victim : List.copyOf(pages.keySet())) {
                if (used() + size <= max) {
                    break;
                }
                if (isFree(victim)) {
                    pages.remove(victim);
                }
            }
            pages.put(file, size);
        }

        void use(int file) {
            pages.put(file, pages.remove(file));
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6})
    void anyHistoryLeavesWhatAModelOfStrictLruLeaves(long seed) throws Exception {
        var random = new Random(seed);
        var max = 40;
        var size = new int[25];
        for (var i = 0; i < size.length; i++) {
            size[i] = 1 + random.nextInt(12);
            serve(i, size[i]);
        }
        var model = new Model();
        var open = new ArrayList<Map.Entry<Integer, Lease>>();
        var cache = open(max);
        try {
            for (var step = 0; step < 300; step++) {
                var file = random.nextInt(size.length);
                var known = model.pages.containsKey(file);
                switch (random.nextInt(10)) {
                    case 0 -> {
                        assertThat(cache.pin(id(file, size))).isEqualTo(known);
                        if (known) {
                            model.pinned.add(file);
                        }
                    }
                    case 1, 2 -> {
                        assertThat(cache.unpin(id(file, size))).isEqualTo(known);
                        model.pinned.remove(file);
                    }
                    case 3 -> {
                        var removed = cache.remove(id(file, size)) instanceof Removal.Removed;
                        assertThat(removed).isEqualTo(known && model.isFree(file));
                        if (removed) {
                            model.pages.remove(file);
                        }
                    }
                    case 4, 5, 6 -> {
                        if (!open.isEmpty()) {
                            var some = open.remove(random.nextInt(open.size()));
                            some.getValue().close();
                            model.leases.merge(some.getKey(), -1, Integer::sum);
                            model.use(some.getKey());
                        }
                    }
                    default -> {
                        if (known || model.used() - model.evictable() + size[file] <= max) {
                            open.add(Map.entry(file, bench.get(cache, "/" + file)));
                            if (!known) {
                                model.add(file, size[file], max);
                            }
                            model.leases.merge(file, 1, Integer::sum);
                        }
                    }
                }
                if (step % 60 == 59 && open.isEmpty()) {
                    cache.close();
                    cache = open(max);
                }
                assertThat(cache.list().stream().map(CachedFile::name).map(Integer::valueOf))
                        .as("step %s of seed %s", step, seed)
                        .containsExactlyElementsOf(model.pages.keySet());
                isWithinItsLimit(cache.stats());
            }
        } finally {
            cache.close();
        }
    }

    private static String id(int file, int[] size) {
        return Bench.sha256(Bench.bytes(1000 + file, size[file] * PAGE - file % 7));
    }

    /// Threads that take one to three files at a time, some of unknown length, some of them interrupted. Nobody
    /// waits for ever, the limit holds at every moment, and in the end disk and books agree.
    @ParameterizedTest
    @ValueSource(longs = {11, 12, 13})
    void manyAtATimeNeverExceedTheLimitAndNeverWaitForEachOther(long seed) throws Exception {
        var files = 24;
        var contents = new byte[files][];
        var random = new Random(seed);
        for (var i = 0; i < files; i++) {
            contents[i] = serve(i, 1 + random.nextInt(9));
            if (i % 4 == 0) {
                var bytes = contents[i];
                bench.server.on("/" + i, (request, out) -> {
                    out.head(200, "Transfer-Encoding", "chunked");
                    for (var at = 0; at < bytes.length; at += 5000) {
                        out.chunk(Arrays.copyOfRange(bytes, at, Math.min(bytes.length, at + 5000)));
                    }
                    out.lastChunk();
                });
            }
        }
        var failures = new CopyOnWriteArrayList<Throwable>();
        try (var cache = open(32);
                var observer = new Observer(cache)) {
            var threads = new ArrayList<Thread>();
            for (var t = 0; t < 8; t++) {
                var own = new Random(seed * 100 + t);
                threads.add(Thread.ofVirtual().start(() -> {
                    for (var round = 0; round < 25 && failures.isEmpty(); round++) {
                        var wanted = own.ints(1 + own.nextInt(3), 0, files).toArray();
                        var requests = Arrays.stream(wanted)
                                .mapToObj(file -> DownloadRequest.of(bench.url("/" + file), FileKind.ANY))
                                .toList();
                        if (own.nextInt(8) == 0) {
                            Thread.currentThread().interrupt();
                        }
                        try (var leases = cache.acquire(requests, ProgressListener.NONE)) {
                            for (var i = 0; i < wanted.length; i++) {
                                assertThat(Files.readAllBytes(leases.get(i).path()))
                                        .isEqualTo(contents[wanted[i]]);
                            }
                        } catch (InterruptedException e) {
                            // asked for above
                        } catch (IOException | RuntimeException | AssertionError e) {
                            failures.add(e);
                        }
                    }
                }));
            }
            for (var thread : threads) {
                assertThat(thread.join(Duration.ofSeconds(25)))
                        .as("no thread waits for ever: %s %s %s", cache.downloads(), cache.list(), cache.stats())
                        .isTrue();
            }
            assertThat(failures).isEmpty();
            Bench.until(() -> cache.stats().running() == 0);
            var stats = cache.stats();
            assertThat(stats.leases()).isZero();
            assertThat(stats.reservedBytes()).isZero();
            assertThat(stats.evictions()).isPositive();
            assertThat(cache.list())
                    .hasSize(bench.directory.resolve("blobs").toFile().list().length);
            assertThat(observer.thread.isAlive()).isTrue();
        }
    }

    @Test
    void aFileLargerThanTheCacheIsRefusedAtOnceAndNothingIsEvictedForIt() throws Exception {
        serve(1, 3);
        serve(2, 5);
        try (var cache = open(4)) {
            bench.get(cache, "/1").close();
            assertThatThrownBy(() -> bench.get(cache, "/2"))
                    .isInstanceOfSatisfying(
                            DownloadException.NoRoom.class,
                            why -> assertThat(why.reason()).isEqualTo(DownloadException.Reason.TOO_LARGE));
            assertThat(cache.list()).hasSize(1);
        }
    }

    @Test
    void filesThatFitOnlyOneByOneAreRefusedTogether() {
        serve(1, 3);
        serve(2, 3);
        try (var cache = open(4)) {
            assertThatThrownBy(() -> cache.acquire(
                            List.of(
                                    DownloadRequest.of(bench.url("/1"), FileKind.ANY),
                                    DownloadRequest.of(bench.url("/2"), FileKind.ANY)),
                            ProgressListener.NONE))
                    .isInstanceOfSatisfying(
                            DownloadException.NoRoom.class,
                            why -> assertThat(why.reason()).isEqualTo(DownloadException.Reason.TOO_LARGE));
        }
    }

    @Test
    void whoWaitsForSpaceIsToldWhoHasItAndGoesOnWhenALeaseIsClosed() throws Exception {
        serve(1, 2);
        serve(2, 1);
        serve(3, 2);
        try (var cache = open(4)) {
            var one = bench.get(cache, "/1");
            bench.get(cache, "/2").close();
            cache.pin(cache.list().stream()
                    .filter(file -> file.name().equals("2"))
                    .findFirst()
                    .orElseThrow()
                    .sha256());
            var seen = new CopyOnWriteArrayList<Progress>();
            var requests = List.of(DownloadRequest.of(bench.url("/3"), FileKind.ANY));
            try (var leases = cache.acquire(requests, progress -> {
                seen.add(progress.getFirst());
                if (progress.getFirst().phase() == Progress.Phase.RESERVE) {
                    one.close();
                }
            })) {
                assertThat(leases.get(0).size()).isEqualTo(2 * PAGE - 3);
            }
            var shortage = seen.stream()
                    .flatMap(progress -> progress.shortage().stream())
                    .findFirst()
                    .orElseThrow();
            assertThat(shortage.neededBytes()).isEqualTo(2 * PAGE);
            assertThat(shortage.freeBytes()).isEqualTo(PAGE);
            assertThat(shortage.blockers())
                    .containsExactly(
                            new Progress.Blocker("1", 2 * PAGE - 1, 1, false),
                            new Progress.Blocker("2", PAGE - 2, 0, true));
            assertThat(cache.list().stream().map(CachedFile::name)).containsExactly("2", "3");
        }
    }

    @Test
    void whoWaitsForSpaceUntilTheDeadlineIsToldWhatWasInTheWay() throws Exception {
        serve(1, 3);
        serve(2, 3);
        try (var cache = open(4);
                var one = bench.get(cache, "/1")) {
            var request = DownloadRequest.builder(bench.url("/2"), FileKind.ANY)
                    .deadline(bench.clock.instant().plusSeconds(100))
                    .build();
            assertThatThrownBy(() -> cache.acquire(List.of(request), progress -> {
                        if (progress.getFirst().phase() == Progress.Phase.RESERVE) {
                            bench.clock.pass(Duration.ofSeconds(101));
                        }
                    }))
                    .isInstanceOfSatisfying(
                            DownloadException.NoRoom.class,
                            why -> assertThat(why.reason()).isEqualTo(DownloadException.Reason.NO_SPACE))
                    .hasMessageContaining("1 (12287 bytes, in use)");
            assertThat(one.size()).isPositive();
        }
    }

    /// The two of them together need more than there is; the older one gets it, then the younger one.
    @Test
    void twoAcquisitionsThatHoldWhatTheOtherNeedsDoNotWaitForEachOther() throws Exception {
        serve(1, 2);
        serve(2, 2);
        serve(3, 2);
        serve(4, 2);
        try (var cache = open(5)) {
            bench.get(cache, "/1").close();
            bench.get(cache, "/3").close();
            var start = new CountDownLatch(1);
            var both = new ArrayList<CompletableFuture<Void>>();
            for (var pair : new int[][] {{1, 2}, {3, 4}}) {
                both.add(CompletableFuture.runAsync(
                        () -> {
                            try {
                                start.await();
                                cache.acquire(
                                                Arrays.stream(pair)
                                                        .mapToObj(file ->
                                                                DownloadRequest.of(bench.url("/" + file), FileKind.ANY))
                                                        .toList(),
                                                ProgressListener.NONE)
                                        .close();
                            } catch (InterruptedException e) {
                                throw new AssertionError(e);
                            }
                        },
                        Thread::startVirtualThread));
            }
            start.countDown();
            for (var one : both) {
                one.get(20, TimeUnit.SECONDS);
            }
        }
    }
}
