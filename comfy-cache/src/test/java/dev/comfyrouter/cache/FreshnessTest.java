package dev.comfyrouter.cache;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/// Files that change at their server, and blobs that change behind the cache's back.
class FreshnessTest extends OpenCacheTest {

    private static final byte[] OLD = Bench.bytes(1, 5000);
    private static final byte[] NEW = Bench.bytes(2, 6000);

    private Lease get(Duration maxAge) throws InterruptedException {
        return Bench.get(
                cache,
                DownloadRequest.builder(bench.url("/f"), FileKind.ANY)
                        .maxAge(maxAge)
                        .build());
    }

    @Test
    void withoutAnAgeTheServerIsNeverAskedAgain() throws Exception {
        bench.server.serve("/f", OLD);
        bench.get(cache, "/f").close();
        bench.clock.pass(Duration.ofDays(1000));
        bench.get(cache, "/f").close();
        assertThat(bench.server.requests()).hasSize(1);
    }

    @Test
    void anOldFileIsAskedForAndStaysWhenTheServerSaysSo() throws Exception {
        bench.server.serve("/f", OLD);
        get(Duration.ofHours(1)).close();
        bench.clock.pass(Duration.ofMinutes(59));
        get(Duration.ofHours(1)).close();
        assertThat(bench.server.requests()).hasSize(1);
        bench.clock.pass(Duration.ofMinutes(2));
        get(Duration.ofHours(1)).close();
        assertThat(bench.server.requests()).hasSize(2);
        assertThat(bench.server.requests().getLast().header("if-none-match")).contains("\"v1\"");
        get(Duration.ofHours(1)).close();
        assertThat(bench.server.requests()).hasSize(2);
        get(Duration.ZERO).close();
        assertThat(bench.server.requests()).hasSize(3);
        assertThat(bench.server.bodyBytes()).isEqualTo(OLD.length);
    }

    @Test
    void aChangedFileIsANewBlobAndTheOldOneStaysForItsLeases() throws Exception {
        var version = new AtomicReference<>(RawServer.honest(OLD, "\"v1\""));
        bench.server.on("/f", (request, out) -> version.get().answer(request, out));
        try (var old = get(Duration.ZERO)) {
            version.set(RawServer.honest(NEW, "\"v2\""));
            try (var now = get(Duration.ZERO)) {
                assertThat(Files.readAllBytes(now.path())).isEqualTo(NEW);
                assertThat(Files.readAllBytes(old.path())).isEqualTo(OLD);
            }
        }
        // D6: removing the old file leaves the URL with the new one
        cache.remove(Bench.sha256(OLD));
        try (var lease = bench.get(cache, "/f")) {
            assertThat(lease.source()).isEqualTo(Lease.Source.HIT);
            assertThat(Files.readAllBytes(lease.path())).isEqualTo(NEW);
        }
    }

    @Test
    void whenTheServerIsDownTheOldFileIsServedAndSaysSo() throws Exception {
        bench.server.serve("/f", OLD);
        try (var lease = get(Duration.ZERO)) {
            assertThat(lease.stale()).isFalse();
        }
        bench.server.on("/f", (request, out) -> out.head(503, "Content-Length", "0"));
        try (var lease = get(Duration.ZERO)) {
            assertThat(lease.stale()).isTrue();
            assertThat(Files.readAllBytes(lease.path())).isEqualTo(OLD);
        }
    }

    @Test
    void aBlobThatWasCutIsPutAsideAndFetchedAgain() throws Exception {
        bench.server.serve("/f", OLD);
        Path blob;
        try (var lease = bench.get(cache, "/f")) {
            blob = lease.path();
        }
        blob.toFile().setWritable(true);
        Files.write(blob, new byte[10]);
        try (var lease = bench.get(cache, "/f")) {
            assertThat(Files.readAllBytes(lease.path())).isEqualTo(OLD);
            assertThat(lease.source()).isEqualTo(Lease.Source.MISS);
        }
        assertThat(cache.stats().quarantined()).isEqualTo(1);
        assertThat(bench.server.requests()).hasSize(2);
    }

    @Test
    void aBlobThatWasOverwrittenInPlaceIsFoundByItsTimeAndItsHash() throws Exception {
        bench.server.serve("/f", OLD);
        bench.get(cache, "/f").close();
        var blob = bench.directory.resolve("blobs").resolve(Bench.sha256(OLD));
        blob.toFile().setWritable(true);
        Files.write(blob, Bench.bytes(3, OLD.length));
        try (var lease = bench.get(cache, "/f")) {
            assertThat(Files.readAllBytes(lease.path())).isEqualTo(OLD);
        }
        assertThat(bench.server.requests()).hasSize(2);
    }

    @Test
    void aBlobThatWasOnlyTouchedIsHashedAndServed() throws Exception {
        bench.server.serve("/f", OLD);
        bench.get(cache, "/f").close();
        Files.setLastModifiedTime(bench.directory.resolve("blobs").resolve(Bench.sha256(OLD)), FileTime.fromMillis(1));
        bench.get(cache, "/f").close();
        assertThat(bench.server.requests()).hasSize(1);
    }

    @Test
    void aDeepCheckFindsABitThatFellOver() throws Exception {
        bench.server.serve("/f", OLD);
        bench.server.serve("/g", NEW);
        bench.get(cache, "/f").close();
        bench.get(cache, "/g").close();
        var blob = bench.directory.resolve("blobs").resolve(Bench.sha256(OLD));
        var time = Files.getLastModifiedTime(blob);
        blob.toFile().setWritable(true);
        try (var channel = java.nio.channels.FileChannel.open(blob, java.nio.file.StandardOpenOption.WRITE)) {
            channel.write(java.nio.ByteBuffer.wrap(new byte[] {(byte) ~OLD[77]}), 77);
        }
        Files.setLastModifiedTime(blob, time);
        assertThat(cache.verify(false).damaged()).isEmpty();
        var report = cache.verify(true);
        assertThat(report.files()).isEqualTo(2);
        assertThat(report.damaged()).containsExactly(Bench.sha256(OLD));
        assertThat(cache.list()).hasSize(1);
    }

    @Test
    void aFileThatCameAsAnythingIsCheckedBeforeItIsGivenOutAsAPicture() throws Exception {
        bench.server.serve("/f", "not a picture".getBytes(StandardCharsets.UTF_8));
        bench.get(cache, "/f").close();
        var why = org.assertj.core.api.Assertions.catchThrowableOfType(
                DownloadException.class, () -> Bench.get(cache, DownloadRequest.of(bench.url("/f"), FileKind.IMAGE)));
        assertThat(why.reason()).isEqualTo(DownloadException.Reason.WRONG_KIND);
        bench.get(cache, "/f").close();
        assertThat(bench.server.requests()).hasSize(1);
    }
}
