package dev.comfyrouter.server.download;

import static org.assertj.core.api.Assertions.assertThat;

import dev.comfyrouter.cache.CacheSettings;
import dev.comfyrouter.cache.FileCache;
import dev.comfyrouter.server.FileHost;
import dev.comfyrouter.server.task.Failure;
import dev.comfyrouter.server.task.FailureClass;
import dev.comfyrouter.server.task.LiveBoard;
import dev.comfyrouter.server.task.TaskId;
import dev.comfyrouter.server.time.Time;
import dev.comfyrouter.workflows.ModelFolder;
import dev.comfyrouter.workflows.ModelRef;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// The files of single tasks, with a real cache and a real web server; the queue behind them is played.
@Timeout(120)
class DownloadsTest {
    private static final byte[] TINY = FileHost.model(50_000, 1);

    @TempDir
    private Path directory;

    private final LiveBoard board = new LiveBoard();
    private final Heard heard = new Heard();
    private Path models;
    private FileHost web;
    private FileCache cache;
    private Downloads downloads;

    @BeforeEach
    void open() throws IOException {
        models = Files.createDirectories(directory.resolve("models"));
        web = FileHost.start();
        openCache();
    }

    @AfterEach
    void close() {
        downloads.close();
        cache.close();
        web.close();
    }

    @Test
    void aTaskHasItsFilesLinkedAndLeasedUntilItIsReleased() throws Exception {
        web.file("/m.safetensors", TINY);

        downloads.prepare(order(7, "/m.safetensors"), heard);

        PresentFiles files = heard.present();
        PresentFiles.Link link = files.links().iterator().next();
        assertThat(models.resolve("checkpoints").resolve(link.name())).hasBinaryContent(TINY);
        assertThat(link.size()).isEqualTo(TINY.length);
        assertThat(link.pickle()).isFalse();
        assertThat(downloads.of(7)).contains(files);
        assertThat(cache.stats().leases()).isEqualTo(1);

        downloads.release(7);

        assertThat(downloads.of(7)).isEmpty();
        assertThat(cache.stats().leases()).isZero();
    }

    @Test
    void aFileThatIsNotThereFailsTheTaskAndHoldsNothing() throws Exception {
        web.file("/m.safetensors", TINY);

        downloads.prepare(order(7, "/m.safetensors", "/gone.safetensors"), heard);

        assertThat(heard.failure().kind()).isEqualTo(FailureClass.INPUT);
        assertThat(downloads.of(7)).isEmpty();
        assertThat(cache.stats().leases()).isZero();
    }

    @Test
    void aFaultOfTheRouterFailsTheTaskInsteadOfLeavingItBehind() throws Exception {
        heard.breaks = true;

        downloads.prepare(order(7, "/m.safetensors"), heard);

        Failure failure = heard.failure();
        assertThat(failure.kind()).isEqualTo(FailureClass.INFRASTRUCTURE);
        assertThat(failure.message()).contains("a fault of the router");
    }

    @Test
    void aServerThatIsBusyForAWhileIsAskedAgain() throws Exception {
        web.page("/m.safetensors", 503, "later");
        downloads.prepare(order(7, "/m.safetensors"), heard);
        awaitReason(7, "tries again in");

        web.file("/m.safetensors", TINY);

        assertThat(heard.present().links()).hasSize(1);
    }

    @Test
    void aTaskThatEndsWhileItsFilesComeLeavesNothingBehind() throws Exception {
        web.pausing("/m.safetensors", TINY, 20_000);
        downloads.prepare(order(7, "/m.safetensors"), heard);
        awaitReason(7, "40 %");

        downloads.release(7);
        downloads.prepare(order(8, "/m.safetensors"), heard); // comes behind, so the first has let go when this is here
        web.release("/m.safetensors");

        assertThat(heard.present().links()).hasSize(1);
        assertThat(downloads.of(7)).isEmpty();
        assertThat(cache.stats().leases()).isEqualTo(1);
    }

    @Test
    void aTaskThatEndedBeforeTheWorkBeganIsNotServed() throws Exception {
        web.file("/m.safetensors", TINY);
        heard.ended = 7;

        downloads.prepare(order(7, "/m.safetensors"), heard);
        downloads.prepare(order(8, "/m.safetensors"), heard);

        assertThat(heard.present().links()).hasSize(1);
        assertThat(downloads.of(7)).isEmpty();
        assertThat(web.asked("/m.safetensors")).hasSize(1);
    }

    @Test
    void theFilesOfAFormerRunAreTakenAgainWithoutADownloadOrNotAtAll() throws Exception {
        web.file("/m.safetensors", TINY);
        downloads.prepare(order(7, "/m.safetensors"), heard);
        List<String> had = heard.present().sha256s();

        downloads.close();
        cache.close();
        openCache();

        RemoteFiles files = order(7, "/m.safetensors").files();
        assertThat(downloads.tryHold(7, files, had)).isTrue();
        assertThat(downloads.tryHold(8, files, List.of("0".repeat(64)))).isFalse();
        assertThat(downloads.tryHold(9, files, List.of())).isFalse();
        assertThat(cache.stats().leases()).isEqualTo(1);
        assertThat(web.asked("/m.safetensors")).hasSize(1);
    }

    @Test
    void onlyATaskThatHoldsAFileAloneCanMakeRoomByGivingItBack() throws Exception {
        web.file("/m.safetensors", TINY);
        downloads.prepare(order(7, "/m.safetensors"), heard);
        heard.present();
        assertThat(downloads.aloneHolds(7)).isTrue();

        downloads.prepare(order(8, "/m.safetensors"), heard);
        heard.present();

        assertThat(downloads.aloneHolds(7)).isFalse();
        assertThat(downloads.aloneHolds(9)).isFalse();
    }

    private void openCache() {
        cache = FileCache.open(CacheSettings.builder(directory.resolve("cache"), directory.resolve("record.json"))
                .linkRoot(models)
                .allowPrivate("127.0.0.1")
                .attempts(1)
                .build());
        var patience = new Downloads.Patience(Duration.ofMinutes(1), Duration.ofMillis(300), Duration.ofMillis(300));
        downloads = new Downloads(cache, models, board, patience, Time.system());
    }

    private Downloads.Order order(long number, String... paths) {
        return new Downloads.Order(
                number,
                TaskId.random(),
                Instant.EPOCH.plusSeconds(number),
                new RemoteFiles(List.of(paths).stream()
                        .map(web::url)
                        .<RemoteFiles.Wanted>map(DownloadsTest::model)
                        .toList()),
                Optional.empty(),
                "");
    }

    private static RemoteFiles.Model model(URI url) {
        return new RemoteFiles.Model(ModelFolder.CHECKPOINTS, new ModelRef.Remote(url));
    }

    private void awaitReason(long number, String part) {
        while (!board.of(number).waitReason().contains(part)) {
            Thread.onSpinWait();
        }
    }

    /// What became of the orders.
    private static final class Heard implements Downloads.Orderer {
        private final BlockingQueue<PresentFiles> present = new LinkedBlockingQueue<>();
        private final BlockingQueue<Failure> failures = new LinkedBlockingQueue<>();
        private volatile long ended;
        private volatile boolean breaks;

        @Override
        public boolean begins(long number) {
            if (breaks) {
                throw new IllegalStateException("a task that nobody thought of");
            }
            return number != ended;
        }

        @Override
        public void present(long number, PresentFiles files) {
            present.add(files);
        }

        @Override
        public void failed(long number, Failure failure) {
            failures.add(failure);
        }

        @Override
        public void makeRoom(long number) {}

        PresentFiles present() throws InterruptedException {
            return Optional.ofNullable(present.poll(60, TimeUnit.SECONDS))
                    .orElseThrow(() -> new AssertionError("no files came: " + failures));
        }

        Failure failure() throws InterruptedException {
            return Optional.ofNullable(failures.poll(60, TimeUnit.SECONDS)).orElseThrow();
        }
    }
}
