package dev.comfyrouter.cache;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The cache halts before each single change that it makes on disk; whatever is there then must be right.
class CrashTest {

    /// What the process would be after the halt: nobody catches it, and every later change on disk fails with
    /// it, too.
    private static final class Halt extends Error {
        Halt() {
            super("halted by the test", null, false, false);
        }
    }

    /// Halts at the step with this number and at every later one.
    private static final class Halting implements Hooks.Probe {
        private final int at;
        private final AtomicInteger steps = new AtomicInteger();
        private final Set<String> seen = new LinkedHashSet<>();

        Halting(int at) {
            this.at = at;
        }

        @Override
        public synchronized void at(String step) {
            if (steps.incrementAndGet() >= at) {
                throw new Halt();
            }
            seen.add(step);
        }
    }

    /// A life with every kind of change: downloads with and without resume, links, pins, eviction, removal,
    /// revalidation.
    private static void live(Bench bench, FileCache cache) throws InterruptedException {
        var checkpoints = bench.models.resolve("checkpoints");
        for (var i = 0; i < 4; i++) {
            try (var lease = bench.get(cache, "/" + i)) {
                lease.link(checkpoints, "m" + i + ".bin");
            }
        }
        bench.get(cache, "/cut").close();
        cache.pin(Bench.sha256(Bench.bytes(3, 9000)));
        bench.get(cache, "/2").close();
        cache.remove(Bench.sha256(Bench.bytes(2, 9000)));
    }

    private static void serve(Bench bench) {
        for (var i = 0; i < 4; i++) {
            bench.server.serve("/" + i, Bench.bytes(i, 9000));
        }
        var file = Bench.bytes(9, 9000);
        bench.server.on("/cut", (request, out) -> {
            if (request.rangeStart() == 0) {
                out.head(200, "Content-Length", "9000", "ETag", "\"c\"").body(file, 0, 5000);
            } else {
                RawServer.honest(file, "\"c\"").answer(request, out);
            }
        });
    }

    private static CacheSettings settings(Bench bench, Hooks.Probe probe) {
        return bench.settings()
                .maxBytes(3 * 12_288)
                .hooks(Hooks.NONE.withProbe(probe))
                .build();
    }

    /// Blobs, record and links agree, and every blob has its hash.
    private static void isSound(Bench bench, FileCache cache) throws IOException {
        var listed = new HashSet<String>();
        for (var file : cache.list()) {
            listed.add(file.sha256());
        }
        var blobs = new HashSet<String>();
        try (DirectoryStream<Path> all = Files.newDirectoryStream(bench.directory.resolve("blobs"))) {
            for (var blob : all) {
                var name = String.valueOf(blob.getFileName());
                blobs.add(name);
                assertThat(Bench.sha256(Files.readAllBytes(blob))).isEqualTo(name);
                assertThat(Files.getPosixFilePermissions(blob)).hasSize(3);
            }
        }
        assertThat(listed).isEqualTo(blobs);
        try (DirectoryStream<Path> all = Files.newDirectoryStream(bench.models.resolve("checkpoints"))) {
            for (var link : all) {
                assertThat(Files.exists(link)).as("%s leads somewhere", link).isTrue();
            }
        }
        var stats = cache.stats();
        assertThat(stats.bytes() + stats.partialBytes()).isLessThanOrEqualTo(stats.maxBytes());
        try (DirectoryStream<Path> all = Files.newDirectoryStream(bench.directory.resolve("partial"))) {
            for (var part : all) {
                assertThat(String.valueOf(part.getFileName())).doesNotEndWith(".tmp");
            }
        }
    }

    @Test
    void haltedAtAnyStepTheCacheOpensSoundAndGoesOn(@TempDir Path temporary) throws Exception {
        var total = 0;
        Set<String> kinds = new LinkedHashSet<>();
        for (var step = 1; ; step++) {
            var probe = new Halting(step);
            try (var bench = new Bench(temporary.resolve("run" + step))) {
                serve(bench);
                var finished = false;
                FileCache cache = null;
                try {
                    cache = FileCache.open(settings(bench, probe));
                    live(bench, cache);
                    cache.close();
                    finished = true;
                } catch (Halt | DownloadException | CacheUnusable e) {
                    if (cache != null) {
                        cache.crash();
                    }
                }
                kinds.addAll(probe.seen);
                try (var again = FileCache.open(settings(bench, at -> {}))) {
                    isSound(bench, again);
                    live(bench, again);
                    isSound(bench, again);
                }
                if (finished) {
                    total = step;
                    break;
                }
            }
        }
        assertThat(total).as("steps: %s", kinds).isGreaterThan(60);
        assertThat(kinds)
                .contains(
                        "create partial/*.part",
                        "write partial/*.part",
                        "force partial/*.part",
                        "seal partial/*.part",
                        "rename to meta/*.json",
                        "rename to blobs/*",
                        "force directory blobs",
                        "link",
                        "delete checkpoints/*.bin",
                        "delete blobs/*");
    }

    /// After a crash of the machine only what was forced is trusted, after a crash of the process everything.
    @Test
    void aPartIsTrustedAsFarAsTheBootAllows(@TempDir Path temporary) throws Exception {
        try (var bench = new Bench(temporary)) {
            var file = Bench.bytes(1, 200_000);
            var more = new CountDownLatch(1);
            bench.server.on("/f", (request, out) -> {
                if (request.rangeStart() > 0) {
                    RawServer.honest(file, "\"v1\"").answer(request, out);
                } else {
                    out.head(200, "Content-Length", "200000", "ETag", "\"v1\"").body(file, 0, 120_000);
                    more.await();
                }
            });
            for (var boot : List.of("same", "other")) {
                var cache = FileCache.open(
                        bench.settings().hooks(Hooks.NONE.withBootId("same")).build());
                var waiter = Thread.ofVirtual().start(() -> {
                    try {
                        bench.get(cache, "/f").close();
                    } catch (InterruptedException | DownloadException e) {
                        // the crash
                    }
                });
                Bench.until(() -> cache.downloads().stream()
                        .anyMatch(download -> download.progress().bytes() == 120_000));
                snapshotAndCrash(bench, cache, waiter);
                var before = bench.server.requests().size();
                try (var again = FileCache.open(
                        bench.settings().hooks(Hooks.NONE.withBootId(boot)).build())) {
                    if (boot.equals("other")) {
                        break; // nothing had been forced, so nothing is left; checked below
                    }
                    try (var lease = bench.get(again, "/f")) {
                        assertThat(lease.source()).isEqualTo(Lease.Source.RESUMED);
                        assertThat(Files.readAllBytes(lease.path())).isEqualTo(file);
                    }
                    again.remove(Bench.sha256(file));
                }
                assertThat(bench.server.requests().get(before).header("range")).contains("bytes=120000-");
            }
            assertThat(bench.directory.resolve("partial")).isEmptyDirectory();
            more.countDown();
        }
    }

    /// A crash takes no leave: what the orderly end of the transfer writes is undone.
    private static void snapshotAndCrash(Bench bench, FileCache cache, Thread waiter) throws Exception {
        var saved = new ArrayList<Path>();
        var partial = bench.directory.resolve("partial");
        var copy = Files.createDirectories(bench.directory.resolveSibling("saved"));
        try (DirectoryStream<Path> all = Files.newDirectoryStream(partial)) {
            for (var file : all) {
                saved.add(Files.copy(file, copy.resolve(file.getFileName())));
            }
        }
        cache.crash();
        waiter.join();
        try (DirectoryStream<Path> all = Files.newDirectoryStream(partial)) {
            for (var file : all) {
                Files.delete(file);
            }
        }
        for (var file : saved) {
            Files.move(file, partial.resolve(file.getFileName()));
        }
    }

    @Test
    void partsThatFitNoUrlOrNoVersionAreDeleted(@TempDir Path temporary) throws Exception {
        try (var bench = new Bench(temporary)) {
            bench.open().close();
            var partial = bench.directory.resolve("partial");
            var key = "b".repeat(64);
            Files.write(partial.resolve(key + "-1.part"), new byte[100]);
            Files.write(partial.resolve(key + "-2.part"), new byte[100]);
            Files.writeString(partial.resolve(key + "-2.part.json"), "{\"key\":\"" + key + "\",\"synced\":100}");
            Files.write(partial.resolve(key + "-3.part"), new byte[100]);
            Files.writeString(
                    partial.resolve(key + "-3.part.json"),
                    "{\"key\":\"" + "c".repeat(64) + "\",\"synced\":100,\"etag\":\"\\\"x\\\"\"}");
            Files.write(partial.resolve(key + "-4.part"), new byte[100]);
            Files.writeString(partial.resolve(key + "-4.part.json"), "{\"key\":");
            Files.writeString(partial.resolve("x.tmp"), "");
            for (var length : new int[] {50, 80}) {
                Files.write(partial.resolve(key + "-5" + length + ".part"), new byte[100]);
                Files.writeString(
                        partial.resolve(key + "-5" + length + ".part.json"),
                        "{\"key\":\"" + key + "\",\"synced\":" + length + ",\"etag\":\"\\\"x\\\"\"}");
            }
            try (var cache = bench.open()) {
                assertThat(cache.stats().partialBytes()).isEqualTo(4096);
                assertThat(partial.toFile().list())
                        .containsExactlyInAnyOrder(key + "-580.part", key + "-580.part.json");
            }
        }
    }

    /// Two different crashes at once cost no more than each of them: an eviction that was halted after its
    /// record and a lost record.
    @Test
    void aBlobWhoseRecordSaysThatItIsGoneIsTakenInAgain(@TempDir Path temporary) throws Exception {
        try (var bench = new Bench(temporary)) {
            serve(bench);
            var cache = FileCache.open(settings(bench, step -> {
                if (step.equals("delete blobs/*")) {
                    throw new Halt();
                }
            }));
            bench.get(cache, "/0").close();
            var failed = CompletableFuture.runAsync(() -> cache.remove(Bench.sha256(Bench.bytes(0, 9000))));
            assertThat(failed.handle((done, why) -> why.getCause()).get()).isInstanceOf(Halt.class);
            cache.crash();
            try (var again = bench.open()) {
                assertThat(again.list()).hasSize(1);
                isSound(bench, again);
                assertThat(Files.exists(bench.models.resolve("checkpoints").resolve("x"), LinkOption.NOFOLLOW_LINKS))
                        .isFalse();
                assertThat(Arrays.asList(
                                bench.directory.resolve("blobs").toFile().list()))
                        .hasSize(1);
            }
        }
    }
}
