package dev.comfyrouter.server.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import dev.comfyrouter.server.download.InputFiles;
import dev.comfyrouter.server.result.ResultStore;
import dev.comfyrouter.server.store.TaskStore;
import dev.comfyrouter.server.task.NewTask;
import dev.comfyrouter.server.task.Requirements;
import dev.comfyrouter.server.task.TaskId;
import dev.comfyrouter.server.task.TaskInput;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RetentionTest {
    private static final Duration MIN_AGE = Duration.ofMinutes(10);

    @TempDir
    Path directory;

    private final StillTime time = new StillTime();
    private TaskStore store;
    private Retention retention;

    @BeforeEach
    void open() throws Exception {
        store = TaskStore.open(directory, time, event -> {});
        retention = new Retention(store, ResultStore.open(results()), InputFiles.open(inputs()), 1, MIN_AGE, time);
    }

    @AfterEach
    void close() {
        store.close();
    }

    private Path results() {
        return directory.resolve("results");
    }

    private Path inputs() {
        return directory.resolve("inputs");
    }

    /// A task with a picture and, for the test's sake, a result.
    private TaskId accept(long number, String picture) throws Exception {
        var task = new NewTask(
                TaskId.random(),
                "SD15",
                0,
                "a cat",
                time.now,
                time.now.plus(Duration.ofHours(24)),
                Duration.ofHours(1),
                Optional.empty(),
                new TaskInput("{}", "{}", Requirements.NONE, List.of()),
                Set.of(picture),
                false,
                Optional.empty(),
                Optional.empty());
        store.accept(task, Long.MAX_VALUE);
        assertThat(store.task(task.id()).orElseThrow().number()).isEqualTo(number);
        result(number);
        return task.id();
    }

    private Path result(long number) throws Exception {
        Path home = Files.createDirectories(results().resolve(Long.toString(number)));
        return Files.writeString(home.resolve("1-0.png"), "x");
    }

    private Path picture(String name, Instant since) throws Exception {
        Path file = Files.writeString(inputs().resolve(name), "x");
        return Files.setLastModifiedTime(file, FileTime.from(since));
    }

    @Test
    void theOldestEndedTasksGoWithTheirFiles() throws Exception {
        TaskId waiting = accept(1, "a");
        TaskId old = accept(2, "b");
        TaskId young = accept(3, "c");
        store.cancel(old);
        time.pass(Duration.ofSeconds(1));
        store.cancel(young);
        time.pass(MIN_AGE);

        retention.dropOnce();

        assertThat(store.task(old)).isEmpty();
        assertThat(results().resolve("2")).doesNotExist();
        assertThat(store.task(waiting)).isPresent();
        assertThat(store.task(young)).isPresent();
        assertThat(results().resolve("1/1-0.png")).exists();
        assertThat(results().resolve("3/1-0.png")).exists();
    }

    @Test
    void aTaskThatEndedTooRecentlyStaysWithItsFiles() throws Exception {
        store.cancel(accept(1, "a"));
        store.cancel(accept(2, "b"));
        time.pass(MIN_AGE.minusSeconds(1));

        retention.dropOnce();
        assertThat(results().resolve("1/1-0.png")).exists();

        time.pass(Duration.ofSeconds(1));
        retention.dropOnce();
        assertThat(results().resolve("1")).doesNotExist();
        assertThat(results().resolve("2/1-0.png")).exists();
    }

    @Test
    void aFileThatCannotBeDeletedKeepsNoOther() throws Exception {
        for (long number = 1; number <= 3; number++) {
            store.cancel(accept(number, "a"));
            time.pass(Duration.ofSeconds(1));
        }
        Files.createDirectories(results().resolve("1/stray/deep"));
        time.pass(MIN_AGE);

        retention.dropOnce();

        assertThat(results().resolve("1/stray/deep")).exists();
        assertThat(results().resolve("2")).doesNotExist();
        assertThat(results().resolve("3/1-0.png")).exists();
    }

    @Test
    void picturesThatNoTaskNeedsGoOnceAnHour() throws Exception {
        accept(1, "needed");
        Path needed = picture("needed", time.now.minus(Duration.ofDays(1)));
        Path fresh = picture("fresh", time.now.minus(Duration.ofMinutes(59)));
        Path old = picture("old", time.now.minus(Duration.ofMinutes(61)));

        retention.dropOnce();
        assertThat(needed).exists();
        assertThat(fresh).exists();
        assertThat(old).doesNotExist();

        time.pass(Duration.ofMinutes(59));
        retention.dropOnce();
        assertThat(fresh).exists();
        time.pass(Duration.ofMinutes(1));
        retention.dropOnce();
        assertThat(fresh).doesNotExist();
        assertThat(needed).exists();
    }

    @Test
    void whatACrashLeftBetweenARowAndItsFilesIsSwept() throws Exception {
        accept(1, "a");
        store.cancel(accept(2, "b"));
        Path orphan = result(99);

        retention.sweepResults();

        assertThat(orphan.getParent()).doesNotExist();
        assertThat(results().resolve("1/1-0.png")).exists();
        assertThat(results().resolve("2/1-0.png")).exists();
    }
}
