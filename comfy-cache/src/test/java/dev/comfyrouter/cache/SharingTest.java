package dev.comfyrouter.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/// Many who want the same file, and some of them change their mind.
class SharingTest extends OpenCacheTest {

    private static final byte[] FILE = Bench.bytes(5, 400_000);

    @Test
    void twoHundredWaitersCostOneBody() throws Exception {
        bench.server.serve("/f", FILE);
        var barrier = new CyclicBarrier(200);
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var all = new ArrayList<Future<Lease.Source>>();
            for (var i = 0; i < 200; i++) {
                all.add(threads.submit(() -> {
                    barrier.await();
                    try (var lease = bench.get(cache, "/f")) {
                        return lease.source();
                    }
                }));
            }
            var misses = 0;
            for (var one : all) {
                misses += one.get(30, TimeUnit.SECONDS) == Lease.Source.MISS ? 1 : 0;
            }
            assertThat(misses).isEqualTo(1);
        }
        assertThat(bench.server.requests()).hasSize(1);
        assertThat(bench.server.bodyBytes()).isEqualTo(FILE.length);
        assertThat(cache.stats().leases()).isZero();
    }

    private CountDownLatch serveInHalves(String path) {
        return bench.server.serveInHalves(path, FILE);
    }

    private void waitersAre(int count) {
        Bench.until(() -> cache.downloads().stream()
                .anyMatch(download ->
                        download.waiters() == count && download.progress().bytes() == FILE.length / 2));
    }

    @Test
    void aDownloadNamesWhoWaitsForItAndSaidSo() throws Exception {
        var rest = serveInHalves("/f");
        var all = new ArrayList<Waiter>();
        for (var who : List.of("one", "two", "one")) {
            all.add(waiter(DownloadRequest.builder(bench.url("/f"), FileKind.ANY)
                    .wantedBy(who)
                    .build()));
            waitersAre(all.size());
        }
        all.add(waiter("/f")); // says nothing
        waitersAre(4);

        assertThat(cache.downloads()).singleElement().satisfies(download -> {
            assertThat(download.waiters()).isEqualTo(4);
            assertThat(download.wantedBy()).containsExactly("one", "two");
        });

        rest.countDown();
        for (var one : all) {
            one.lease().get(60, TimeUnit.SECONDS).close();
        }
        assertThat(cache.downloads())
                .singleElement()
                .satisfies(download -> assertThat(download.wantedBy()).isEmpty());
    }

    @Test
    void aWaiterThatIsInterruptedLeavesTheOthersAlone() throws Exception {
        var rest = serveInHalves("/f");
        var one = waiter("/f");
        waitersAre(1);
        var two = waiter("/f");
        waitersAre(2);
        one.thread().interrupt();
        assertThatThrownBy(() -> one.lease().get(60, TimeUnit.SECONDS)).hasCauseInstanceOf(InterruptedException.class);
        waitersAre(1);
        rest.countDown();
        try (var lease = two.lease().get(60, TimeUnit.SECONDS)) {
            assertThat(Files.readAllBytes(lease.path())).isEqualTo(FILE);
            assertThat(lease.source()).isEqualTo(Lease.Source.SHARED);
        }
        assertThat(bench.server.bodyBytes()).isEqualTo(FILE.length);
    }

    @Test
    void whenTheLastWaiterGoesTheTransferStopsAtOnceAndItsPartIsKept() throws Exception {
        serveInHalves("/f");
        var one = waiter("/f");
        waitersAre(1);
        var before = System.nanoTime();
        one.thread().interrupt();
        assertThatThrownBy(() -> one.lease().get(60, TimeUnit.SECONDS)).hasCauseInstanceOf(InterruptedException.class);
        Bench.until(() -> cache.stats().running() == 0);
        assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(Duration.ofSeconds(5));
        assertThat(cache.stats().partialBytes()).isEqualTo(Space.pages(FILE.length / 2));
        assertThat(cache.stats().reservedBytes()).isZero();
        assertThat(cache.downloads()).isEmpty();

        try (var lease = bench.get(cache, "/f")) {
            assertThat(lease.source()).isEqualTo(Lease.Source.RESUMED);
            assertThat(Files.readAllBytes(lease.path())).isEqualTo(FILE);
        }
        assertThat(bench.server.requests().getLast().header("range")).contains("bytes=" + FILE.length / 2 + "-");
        assertThat(cache.stats().partialBytes()).isZero();
    }

    @Test
    void progressIsToldForEachFileAndNeverFalls() throws Exception {
        var rest = serveInHalves("/f");
        bench.server.serve("/g", Bench.bytes(6, 1000));
        var seen = new CopyOnWriteArrayList<List<Progress>>();
        var requests = List.of(
                DownloadRequest.of(bench.url("/f"), FileKind.ANY), DownloadRequest.of(bench.url("/g"), FileKind.ANY));
        try (var leases = cache.acquire(requests, progress -> {
            seen.add(progress);
            if (progress.get(0).bytes() == FILE.length / 2 && progress.get(1).phase() == Progress.Phase.DONE) {
                rest.countDown();
            }
        })) {
            assertThat(leases.size()).isEqualTo(2);
        }
        assertThat(seen.getLast()).containsExactly(Progress.done(FILE.length), Progress.done(1000));
        var last = 0L;
        for (var progress : seen) {
            assertThat(progress.get(0).bytes()).isGreaterThanOrEqualTo(last);
            assertThat(progress.get(0).fraction().orElse(0.0)).isBetween(0.0, 1.0);
            last = progress.get(0).bytes();
        }
    }

    @Test
    void aWaiterWithAHashIsNotServedByADownloadThatTurnsOutDifferent() throws Exception {
        var rest = serveInHalves("/f");
        var open = waiter("/f");
        waitersAre(1);
        var pinned = new CompletableFuture<Lease>();
        Thread.ofVirtual().start(() -> {
            try {
                pinned.complete(Bench.get(
                        cache,
                        DownloadRequest.builder(bench.url("/f"), FileKind.ANY)
                                .sha256("0".repeat(64))
                                .build()));
            } catch (InterruptedException | DownloadException e) {
                pinned.completeExceptionally(e);
            }
        });
        waitersAre(2);
        rest.countDown();
        open.lease().get(60, TimeUnit.SECONDS).close();
        assertThatThrownBy(() -> pinned.get(60, TimeUnit.SECONDS))
                .cause()
                .isInstanceOfSatisfying(
                        DownloadException.class,
                        why -> assertThat(why.reason()).isEqualTo(DownloadException.Reason.HASH_MISMATCH));
    }

    @Test
    void closingEndsWaitersKeepsPartsAndIsQuick() throws Exception {
        serveInHalves("/f");
        var one = waiter("/f");
        waitersAre(1);
        var before = System.nanoTime();
        cache.close();
        assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(Duration.ofSeconds(5));
        assertThatThrownBy(() -> one.lease().get(60, TimeUnit.SECONDS))
                .cause()
                .isInstanceOfSatisfying(
                        DownloadException.Ended.class,
                        why -> assertThat(why.reason()).isEqualTo(DownloadException.Reason.CLOSED));
        cache = bench.open();
        assertThat(cache.stats().partialBytes()).isEqualTo(Space.pages(FILE.length / 2));
        try (var lease = bench.get(cache, "/f")) {
            assertThat(lease.source()).isEqualTo(Lease.Source.RESUMED);
        }
    }

    @Test
    void theDeadlineEndsTheWaitOfTheOneWhoHasIt() {
        serveInHalves("/f");
        var request = DownloadRequest.builder(bench.url("/f"), FileKind.ANY)
                .deadline(bench.clock.instant().plusSeconds(60))
                .build();
        var result = new CompletableFuture<Lease>();
        Thread.ofVirtual().start(() -> {
            try {
                result.complete(cache.acquire(List.of(request), progress -> {}).get(0));
            } catch (InterruptedException | DownloadException e) {
                result.completeExceptionally(e);
            }
        });
        waitersAre(1);
        bench.clock.pass(Duration.ofSeconds(61));
        assertThatThrownBy(() -> result.get(60, TimeUnit.SECONDS))
                .cause()
                .isInstanceOfSatisfying(
                        DownloadException.Ended.class,
                        why -> assertThat(why.reason()).isEqualTo(DownloadException.Reason.DEADLINE));
    }

    @Test
    void theSameFileTwiceInOneAcquisitionIsFetchedOnceAndLeasedTwice() throws Exception {
        bench.server.serve("/f", FILE);
        var request = DownloadRequest.of(bench.url("/f"), FileKind.ANY);
        try (var leases = cache.acquire(List.of(request, request), ProgressListener.NONE)) {
            assertThat(cache.list().getFirst().leases()).isEqualTo(2);
            leases.get(0).close();
            leases.get(0).close();
            assertThat(cache.list().getFirst().leases()).isEqualTo(1);
        }
        assertThat(bench.server.requests()).hasSize(1);
    }
}
