package dev.comfyrouter.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.Test;

class FileCacheTest extends BenchTest {

    @Test
    void aFileIsFetchedOnceVerifiedAndReadOnly() throws Exception {
        var model = Bench.safetensors(1, 100_000);
        bench.server.serve("/m.safetensors", model);
        try (var cache = bench.open()) {
            var request = DownloadRequest.builder(bench.url("/m.safetensors"), FileKind.MODEL)
                    .sha256(Bench.sha256(model))
                    .build();
            try (var first = Bench.get(cache, request);
                    var second = Bench.get(cache, request)) {
                assertThat(first.source()).isEqualTo(Lease.Source.MISS);
                assertThat(second.source()).isEqualTo(Lease.Source.HIT);
                assertThat(Files.readAllBytes(second.path())).isEqualTo(model);
                assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(first.path())))
                        .isEqualTo("r--r--r--");
                assertThat(first.linkName())
                        .isEqualTo("m-" + Bench.sha256(model).substring(0, 8) + ".safetensors");
            }
        }
        assertThat(bench.server.requests()).hasSize(1);
    }

    @Test
    void aFileSurvivesARestartWithItsLinksAndItsPin() throws Exception {
        bench.server.serve("/m.safetensors", Bench.safetensors(1, 1000));
        Path link;
        String sha256;
        try (var cache = bench.open();
                var lease = Bench.get(cache, DownloadRequest.of(bench.url("/m.safetensors"), FileKind.MODEL))) {
            link = lease.link(bench.models.resolve("checkpoints"));
            sha256 = lease.sha256();
            cache.pin(sha256);
        }
        try (var cache = bench.open()) {
            var file = cache.list().getFirst();
            assertThat(file.links()).containsExactly(link);
            assertThat(file.pinned()).isTrue();
            assertThat(file.urls()).containsExactly(bench.url("/m.safetensors").toString());
            assertThat(cache.tryLease(List.of(sha256))).isPresent();
            assertThat(Files.isSameFile(link, bench.directory.resolve("blobs").resolve(sha256)))
                    .isTrue();
        }
        assertThat(bench.server.requests()).hasSize(1);
    }

    @Test
    void evictionTakesTheLeastRecentlyReleasedAndItsLinksFirst() throws Exception {
        for (var i = 1; i <= 4; i++) {
            bench.server.serve("/" + i, Bench.bytes(i, 20_000));
        }
        try (var cache = FileCache.open(bench.settings().maxBytes(3 * 20_480).build())) {
            var one = bench.get(cache, "/1");
            var link = one.link(bench.models.resolve("checkpoints"), "one.bin");
            var two = bench.get(cache, "/2");
            bench.get(cache, "/3").close();
            two.close();
            one.close();
            bench.get(cache, "/3").close(); // order of release is now 2, 1, 3

            bench.get(cache, "/4").close();
            assertThat(cache.list().stream().map(CachedFile::sha256))
                    .containsExactly(
                            Bench.sha256(Bench.bytes(1, 20_000)),
                            Bench.sha256(Bench.bytes(3, 20_000)),
                            Bench.sha256(Bench.bytes(4, 20_000)));
            assertThat(Files.isSymbolicLink(link)).isTrue();

            bench.get(cache, "/2").close();
            assertThat(Files.isSymbolicLink(link)).isFalse();
            assertThat(Files.exists(bench.directory.resolve("blobs").resolve(Bench.sha256(Bench.bytes(1, 20_000)))))
                    .isFalse();
            assertThat(cache.stats().evictions()).isEqualTo(2);
        }
    }

    @Test
    void severalFilesAreLeasedAllOrNone() throws Exception {
        bench.server.serve("/a", Bench.bytes(1, 1000));
        try (var cache = bench.open()) {
            assertThatThrownBy(() -> cache.acquire(
                            List.of(
                                    DownloadRequest.of(bench.url("/a"), FileKind.ANY),
                                    DownloadRequest.of(bench.url("/missing"), FileKind.ANY)),
                            ProgressListener.NONE))
                    .isInstanceOfSatisfying(
                            DownloadException.Rejected.class,
                            why -> assertThat(why.status()).isEqualTo(404));
            Bench.until(() -> cache.stats().running() == 0);
            assertThat(cache.stats().leases()).isZero();
            assertThat(cache.downloads())
                    .filteredOn(Download::failed)
                    .extracting(Download::name)
                    .containsExactly("missing");
        }
    }

    @Test
    void aFileThatIsInUseOrPinnedIsNotRemoved() throws Exception {
        bench.server.serve("/a", Bench.bytes(1, 1000));
        try (var cache = bench.open()) {
            var lease = bench.get(cache, "/a");
            var sha256 = lease.sha256();
            assertThat(cache.remove(sha256)).isEqualTo(new Removal.Leased(1));
            lease.close();
            cache.pin(sha256);
            assertThat(cache.remove(sha256)).isEqualTo(new Removal.Pinned());
            cache.unpin(sha256);
            assertThat(cache.remove(sha256)).isEqualTo(new Removal.Removed(1000));
            assertThat(cache.remove(sha256)).isEqualTo(new Removal.Unknown());
            assertThat(Files.exists(lease.path())).isFalse();
            assertThat(cache.stats().evictions()).as("it did not have to go").isZero();
        }
    }

    @Test
    void aSecondCacheOnTheSameFolderIsRefusedByName() {
        try (var cache = bench.open()) {
            assertThatThrownBy(bench::open)
                    .isInstanceOf(CacheUnusable.class)
                    .hasMessageContaining(bench.directory.toString())
                    .hasMessageContaining("in use");
            assertThat(cache.list()).isEmpty();
        }
        bench.open().close();
    }
}
