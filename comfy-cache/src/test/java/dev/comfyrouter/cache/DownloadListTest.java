package dev.comfyrouter.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URI;
import java.nio.file.Files;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class DownloadListTest extends OpenCacheTest {

    private static final byte[] FILE = Bench.safetensors(5, 200_000);

    private Download only() {
        assertThat(cache.downloads()).hasSize(1);
        return cache.downloads().getFirst();
    }

    private DownloadRequest checkpoint(String target) {
        return DownloadRequest.builder(bench.url(target), FileKind.MODEL)
                .directory(bench.models.resolve("checkpoints"))
                .build();
    }

    private CountDownLatch serveInHalves(String target) {
        return bench.server.serveInHalves(target, FILE);
    }

    private void halfIsThere() {
        Bench.until(() -> cache.downloads().stream()
                .anyMatch(download -> download.progress().bytes() == FILE.length / 2));
    }

    @Test
    void aDownloadCanBeCancelledAndTriedAgain() throws Exception {
        var rest = serveInHalves("/f");
        var one = waiter("/f");
        halfIsThere();
        var running = only();
        assertThat(running.url()).isEqualTo(bench.url("/f").toString());
        assertThat(running.progress().total()).hasValue(FILE.length);
        assertThat(running.running()).isTrue();
        assertThat(running.waiters()).isOne();

        assertThat(cache.cancel(running.id())).isTrue();

        assertThatThrownBy(() -> one.lease().get(60, TimeUnit.SECONDS))
                .isInstanceOf(ExecutionException.class)
                .cause()
                .isInstanceOfSatisfying(
                        DownloadException.Ended.class,
                        why -> assertThat(why.reason()).isEqualTo(DownloadException.Reason.CANCELLED));
        assertThat(cache.cancel(running.id())).isFalse();
        assertThat(only().running()).isFalse();
        assertThat(only().failed()).as("somebody wanted it").isFalse();
        assertThat(cache.stats().failures()).isZero();
        assertThat(only().progress().bytes()).isEqualTo(FILE.length / 2);

        rest.countDown();
        assertThat(cache.retry(running.id())).isTrue();
        Bench.until(() -> cache.list().size() == 1);
        assertThat(cache.retry(running.id())).isFalse();
        assertThat(bench.server.requests().getLast().header("range")).contains("bytes=" + FILE.length / 2 + "-");
    }

    @Test
    void aFinishedDownloadIsListedForAMinute() throws Exception {
        bench.server.serve("/f", FILE);
        bench.get(cache, "/f").close();
        assertThat(only().ended()).hasValue(bench.clock.instant());
        assertThat(only().failure()).isEmpty();
        assertThat(only().progress()).isEqualTo(Progress.done(FILE.length));

        bench.get(cache, "/f").close();
        assertThat(cache.downloads()).as("a hit is no download").hasSize(1);
        bench.clock.pass(Duration.ofSeconds(61));
        assertThat(cache.downloads()).isEmpty();
    }

    @Test
    void aFailureIsForgottenAfterAWhile() {
        assertThatThrownBy(() -> bench.get(cache, "/missing")).isInstanceOf(DownloadException.Rejected.class);
        bench.clock.pass(Duration.ofMinutes(9));
        assertThat(only().failed()).isTrue();
        bench.clock.pass(Duration.ofMinutes(2));
        assertThat(cache.downloads()).isEmpty();
    }

    @Test
    void aFailureIsForgottenAtOnceWhenSomebodySaysSoOrTheFileComesAfterAll() throws Exception {
        assertThatThrownBy(() -> bench.get(cache, "/f")).isInstanceOf(DownloadException.Rejected.class);
        assertThat(cache.dismiss(only().id())).isTrue();
        assertThat(cache.downloads()).isEmpty();

        assertThatThrownBy(() -> bench.get(cache, "/f")).isInstanceOf(DownloadException.Rejected.class);
        bench.server.serve("/f", FILE);
        bench.get(cache, "/f").close();
        assertThat(only().failed()).isFalse();
        assertThat(cache.dismiss(only().id()))
                .as("what went well needs no attention")
                .isFalse();
    }

    @Test
    void onlyTheNewestEndsAreKept() throws Exception {
        for (var i = 0; i < 70; i++) {
            bench.server.serve("/" + i, new byte[] {(byte) i});
            bench.get(cache, "/" + i).close();
        }
        assertThat(cache.downloads()).hasSize(64);
        assertThat(cache.downloads().getFirst().url()).endsWith("/69");
    }

    @Test
    void aPrefetchIsSeenButNobodyWaitsForItAndItsFileIsLinked() {
        var rest = serveInHalves("/model.safetensors");
        assertThat(cache.tryPrefetch(checkpoint("/model.safetensors"))).isTrue();
        halfIsThere();
        assertThat(only().waiters()).isZero();
        assertThat(only().directory()).hasValue(bench.models.resolve("checkpoints"));
        assertThat(only().kind()).isEqualTo(FileKind.MODEL);

        rest.countDown();

        var link = bench.models
                .resolve("checkpoints")
                .resolve("model-" + Bench.sha256(FILE).substring(0, 8) + ".safetensors");
        Bench.until(() -> Files.isSymbolicLink(link));
        Bench.until(() -> cache.stats().leases() == 0); // given back just after the link is made
        assertThat(cache.list()).singleElement().satisfies(file -> {
            assertThat(file.links()).containsExactly(link);
            assertThat(file.kinds()).containsExactly(FileKind.MODEL);
        });
    }

    @Test
    void aPrefetchIntoAFolderThatIsNotForLinksIsRefusedBeforeAnythingIsFetched() {
        var outside = DownloadRequest.builder(bench.url("/f"), FileKind.MODEL)
                .directory(bench.directory)
                .build();
        assertThatThrownBy(() -> cache.tryPrefetch(outside)).isInstanceOf(LinkException.class);
        assertThatThrownBy(() -> cache.tryPrefetch(DownloadRequest.of(URI.create("file:///etc/passwd"), FileKind.ANY)))
                .isInstanceOf(DownloadException.Forbidden.class);
        assertThat(bench.server.requests()).isEmpty();
    }

    @Test
    void noMoreThan256PrefetchesAreTaken() {
        var rest = serveInHalves("/f");
        for (var i = 0; i < 256; i++) {
            assertThat(cache.tryPrefetch(DownloadRequest.of(bench.url("/f"), FileKind.ANY)))
                    .isTrue();
        }
        assertThat(cache.tryPrefetch(DownloadRequest.of(bench.url("/f"), FileKind.ANY)))
                .isFalse();
        rest.countDown();
        Bench.until(() -> cache.tryPrefetch(DownloadRequest.of(bench.url("/f"), FileKind.ANY)));
    }
}
