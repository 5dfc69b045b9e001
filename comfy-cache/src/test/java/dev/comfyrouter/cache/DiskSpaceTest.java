package dev.comfyrouter.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The disk below the cache: full, slow to forget, or smaller than what is used.
class DiskSpaceTest extends PagesTest {

    @Test
    void theFloorOfTheDiskIsKeptWhateverTheLimit() throws Exception {
        serve(1, 4);
        serve(2, 4);
        var files = bench.directory.resolve("blobs").toFile();
        var hooks = Hooks.NONE.withUsableSpace(() -> {
            var names = files.list();
            return OptionalLong.of(10_000_000 + 6 * PAGE - (names == null ? 0 : names.length * 4L * PAGE));
        });
        try (var cache = FileCache.open(
                bench.settings().freeSpaceFloor(10_000_000).hooks(hooks).build())) {
            bench.get(cache, "/1").close();
            bench.get(cache, "/2").close();
            assertThat(cache.list().stream().map(CachedFile::name)).containsExactly("2");
        }
    }

    @Test
    void aDiskThatIsFullAfterAllGetsRoomByEvictionOnce() throws Exception {
        serve(1, 4);
        serve(2, 4);
        var full = new AtomicBoolean();
        var hooks = Hooks.NONE.withProbe(step -> {
            if (step.equals("write partial/*.part") && full.getAndSet(false)) {
                throw new IOException("No space left on device");
            }
        });
        try (var cache = FileCache.open(bench.settings().hooks(hooks).build())) {
            bench.get(cache, "/1").close();
            full.set(true);
            bench.get(cache, "/2").close();
            assertThat(cache.list().stream().map(CachedFile::name)).containsExactly("2");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "write partial/*.part",
                "force partial/*.part",
                "write meta/*.tmp",
                "rename to blobs/*",
                "rename to meta/*.json"
            })
    void aDiskThatStaysFullFailsTheDownloadAndPublishesNothing(String step) throws Exception {
        serve(1, 4);
        serve(2, 4);
        var full = new AtomicBoolean();
        var hooks = Hooks.NONE.withProbe(at -> {
            if (at.equals(step) && full.get()) {
                throw new IOException("Disk quota exceeded");
            }
        });
        try (var cache = FileCache.open(bench.settings().hooks(hooks).build())) {
            try (var lease = bench.get(cache, "/1")) {
                full.set(true);
                assertThatThrownBy(() -> bench.get(cache, "/2"))
                        .isInstanceOfSatisfying(
                                DownloadException.NoRoom.class,
                                why -> assertThat(why.reason()).isEqualTo(DownloadException.Reason.DISK_FULL));
                assertThat(lease.size()).isPositive();
            }
            assertThat(cache.list()).hasSize(1);
            assertThat(cache.stats().reservedBytes()).isZero();
            full.set(false);
            bench.get(cache, "/2").close();
        }
        try (var cache = bench.open()) {
            assertThat(cache.list()).hasSize(2);
        }
    }

    @Test
    void aFileReleasedJustNowGoesOnlyWhenNothingOlderCan() throws Exception {
        serve(1, 2);
        serve(2, 2);
        serve(3, 2);
        try (var cache = open(4)) {
            var one = bench.get(cache, "/1");
            bench.clock.pass(Duration.ofMinutes(5));
            bench.get(cache, "/2").close();
            bench.clock.pass(Duration.ofMinutes(5));
            one.close();
            bench.get(cache, "/3").close();
            assertThat(cache.list().stream().map(CachedFile::name)).containsExactly("1", "3");
            bench.get(cache, "/2").close();
            assertThat(cache.list().stream().map(CachedFile::name)).containsExactly("3", "2");
        }
    }

    @Test
    void aLowerLimitEvictsAtOnceAndAHigherOneKeepsAll() throws Exception {
        for (var i = 1; i <= 4; i++) {
            serve(i, 2);
        }
        try (var cache = open(8)) {
            for (var i = 1; i <= 4; i++) {
                bench.get(cache, "/" + i).close();
            }
            cache.pin(cache.list().getFirst().sha256());
        }
        try (var cache = open(5)) {
            assertThat(cache.list().stream().map(CachedFile::name)).containsExactly("1", "4");
        }
        try (var cache = open(50)) {
            assertThat(cache.list()).hasSize(2);
        }
    }

    @Test
    void onANetworkDiskWhatIsEvictedStaysInTheTrashForAWhileAndStillCounts() throws Exception {
        serve(1, 3);
        serve(2, 2);
        var settings = bench.settings().maxBytes(4 * PAGE).hooks(Hooks.NONE.withNetworkDisk(true));
        try (var cache = FileCache.open(settings.build())) {
            bench.get(cache, "/1").close();
            var phases = new AtomicInteger();
            var requests = List.of(DownloadRequest.of(bench.url("/2"), FileKind.ANY));
            try (var leases = cache.acquire(requests, progress -> {
                if (progress.getFirst().phase() == Progress.Phase.RESERVE) {
                    assertThat(cache.stats().trashBytes()).isEqualTo(3 * PAGE);
                    isWithinItsLimit(cache.stats());
                    if (phases.getAndIncrement() == 0) {
                        bench.clock.pass(Duration.ofMinutes(59));
                        cache.housekeeping();
                        assertThat(bench.directory.resolve("trash").toFile().list())
                                .hasSize(1);
                        bench.clock.pass(Duration.ofMinutes(2));
                        cache.housekeeping();
                    }
                }
            })) {
                assertThat(leases.size()).isEqualTo(1);
            }
            assertThat(phases).hasPositiveValue();
            assertThat(bench.directory.resolve("trash")).isEmptyDirectory();
        }
    }

    @Test
    void aCacheThatIsTooSmallForWhatIsUsedSaysSoOnce() throws Exception {
        serve(1, 2);
        serve(2, 2);
        try (var logs = new CapturedLogs();
                var cache = open(3)) {
            for (var round = 0; round < 10; round++) {
                bench.get(cache, "/" + (1 + round % 2)).close();
            }
            assertThat(cache.stats().refetchedBytes()).isEqualTo(4 * (2 * PAGE - 1) + 4 * (2 * PAGE - 2));
            assertThat(logs.warnings()).singleElement().asString().contains("too small");
        }
    }

    @Test
    void anEndlessBodyIsStoppedAtTheLimit() throws Exception {
        serve(1, 1);
        bench.server.on("/endless", (request, out) -> {
            out.head(200, "Transfer-Encoding", "chunked");
            while (true) {
                out.chunk(new byte[PAGE]);
            }
        });
        try (var cache = open(100);
                var lease = bench.get(cache, "/1");
                var observer = new Observer(cache)) {
            var request = DownloadRequest.builder(bench.url("/endless"), FileKind.ANY)
                    .deadline(bench.clock.instant().plusSeconds(10))
                    .build();
            assertThatThrownBy(() -> cache.acquire(List.of(request), progress -> {
                        if (progress.getFirst().phase() == Progress.Phase.RESERVE) {
                            bench.clock.pass(Duration.ofSeconds(11));
                        }
                    }))
                    .isInstanceOf(DownloadException.NoRoom.class);
            lease.close();
            assertThatThrownBy(() -> bench.get(cache, "/endless"))
                    .isInstanceOfSatisfying(
                            DownloadException.NoRoom.class,
                            why -> assertThat(why.reason()).isEqualTo(DownloadException.Reason.TOO_LARGE));
            Bench.until(() -> cache.stats().running() == 0);
            assertThat(cache.stats().reservedBytes()).isZero();
            assertThat(observer.thread.isAlive()).isTrue();
        }
        assertThat(bench.directory.resolve("partial")).isEmptyDirectory();
    }
}
