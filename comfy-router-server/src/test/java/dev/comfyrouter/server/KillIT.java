package dev.comfyrouter.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.comfyrouter.testkit.FakeComfyServer;
import dev.comfyrouter.testkit.HttpFault;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// The real program, killed again and again while tasks come in, run and are cancelled: what it has acknowledged ends,
/// with one result, and nothing runs twice.
///
/// A caller whose request got no answer sends it again under the same key, as callers should.
class KillIT {
    private static final Duration LONG = Duration.ofSeconds(60);
    private static final int TASKS_EACH = 6;

    @TempDir
    private Path directory;

    @BeforeAll
    static void prepare() throws Exception {
        RouterProcess.makeStartCache();
    }

    @Test
    void nothingIsLostOrRunTwiceOverTwentyKills() throws Exception {
        killAndProve(20, System.nanoTime());
    }

    /// Fifty times over with another router each, so that none of them has old tasks to drop.
    @Test
    @Tag("chaos")
    @Timeout(value = 4, unit = TimeUnit.HOURS)
    void nothingIsLostOrRunTwiceOverAThousandKills() throws Exception {
        long seed = System.nanoTime();
        for (int i = 0; i < 50; i++) {
            killAndProve(20, seed + i);
        }
    }

    private void killAndProve(int kills, long seed) throws Exception {
        try (var trial = new Trial(Files.createDirectories(directory.resolve("seed" + seed)), seed)) {
            for (int i = 0; i < kills || (!trial.hasPromisedToCancel() && i < 3 * kills); i++) {
                trial.liveAndDie();
            }
            trial.prove();
        }
    }

    /// Something a caller wants, and what it was told.
    private static final class Job {
        private final String key;
        private final String body;
        private final boolean cancels;
        private volatile String id = "";
        private volatile int deletion;

        Job(int number, boolean cancels) {
            this.key = "job-" + number;
            this.body =
                    "{\"type\":\"SD15\",\"params\":{\"checkpoint\":\"v1-5.safetensors\",\"prompt\":\"" + key + "!\"}}";
            this.cancels = cancels;
        }

        boolean acknowledged() {
            return !id.isEmpty();
        }

        /// Sends the request; a router that dies meanwhile gives no answer.
        JsonNode send(Caller caller, String path) throws IOException, InterruptedException {
            Caller.Answer answer = caller.post(path, body, key);
            if (answer.status() == 410) {
                return answer.body();
            }
            assertThat(answer.status()).as(answer.body().toString()).isIn(200, 202);
            String told = answer.body().path("id").asText();
            assertThat(told)
                    .as("the task of %s, acknowledged before as %s", key, id)
                    .isIn(acknowledged() ? id : told);
            id = told;
            return answer.body();
        }

        void delete(Caller caller) throws IOException, InterruptedException {
            deletion = -1;
            deletion = caller.answer(caller.request("/workflow/" + id).DELETE()).status();
        }

        boolean deletionAsked() {
            return deletion != 0;
        }

        boolean cancellationPromised() {
            return deletion == 202;
        }

        boolean resultDeleted() {
            return deletion == 200;
        }

        @Override
        public String toString() {
            return key + " (task " + id + ", deletion " + deletion + ")";
        }
    }

    /// One router's data, its two nodes, and all that was asked of it.
    private static final class Trial implements AutoCloseable {
        private final Path directory;
        private final Path log;
        private final Random random;
        private final String name;
        private final List<Job> jobs = new ArrayList<>();
        private final List<FakeComfyServer> nodes = Stream.generate(() -> FakeComfyServer.builder()
                        .executionTime(Duration.ofMillis(60))
                        .start())
                .limit(2)
                .toList();

        Trial(Path directory, long seed) {
            this.directory = directory;
            this.log = directory.resolve("log");
            this.random = new Random(seed);
            this.name = "seed " + seed;
        }

        void liveAndDie() throws Exception {
            List<Job> wanted = new ArrayList<>(
                    jobs.stream().filter(job -> !job.acknowledged()).toList());
            for (int i = 0; i < TASKS_EACH; i++) {
                Job job = new Job(jobs.size(), random.nextInt(5) == 0);
                jobs.add(job);
                wanted.add(job);
            }
            if (random.nextInt(4) == 0) {
                nodes.get(random.nextInt(2)).faults().next("POST /prompt", HttpFault.LOSE_ANSWER);
            }
            CountDownLatch acknowledged = new CountDownLatch(1 + random.nextInt(TASKS_EACH));
            try (ExecutorService hands = Executors.newVirtualThreadPerTaskExecutor()) {
                RouterProcess router = start();
                try (Caller caller = new Caller(router.port())) {
                    var sent = wanted.stream()
                            .map(job -> hands.submit(() -> send(job, caller, acknowledged)))
                            .toList();
                    awaitMoment(router, acknowledged);
                    router.kill();
                    for (var each : sent) {
                        each.get();
                    }
                } finally {
                    router.kill();
                }
            }
        }

        private Void send(Job job, Caller caller, CountDownLatch acknowledged) throws InterruptedException {
            try {
                job.send(caller, "/workflow");
                acknowledged.countDown();
                if (job.cancels) {
                    job.delete(caller);
                }
            } catch (IOException killed) {
                // no answer: it is sent again to the next router
            }
            return null;
        }

        /// Until a moment at which a death could hurt.
        private void awaitMoment(RouterProcess router, CountDownLatch acknowledged) throws InterruptedException {
            FakeComfyServer node = nodes.get(random.nextInt(2));
            switch (random.nextInt(4)) {
                case 0 -> router.let(Duration.ofMillis(random.nextLong(500)));
                case 1 ->
                    assertThat(acknowledged.await(LONG.toSeconds(), TimeUnit.SECONDS))
                            .isTrue();
                case 2 -> awaitOneMore(node, "POST", "/prompt");
                default -> awaitOneMore(node, "GET", "/view");
            }
            router.let(Duration.ofMillis(random.nextLong(4)));
        }

        /// Whether a cancellation was acknowledged before a death, as happens to some of them.
        boolean hasPromisedToCancel() {
            return jobs.stream().anyMatch(Job::cancellationPromised);
        }

        private static void awaitOneMore(FakeComfyServer node, String method, String path) throws InterruptedException {
            try {
                node.awaitRequests(node.requests(method, path).size() + 1, method, path, Duration.ofSeconds(1));
            } catch (AssertionError allWentElsewhere) {
                // the other node was quicker: then it dies at some other moment
            }
        }

        /// Lets a last router finish everything, and compares what it says and what the nodes did with what was told.
        void prove() throws Exception {
            nodes.forEach(node -> node.faults().heal());
            RouterProcess router = start();
            try (Caller caller = new Caller(router.port())) {
                for (Job job : jobs) {
                    prove(job, job.send(caller, "/workflow?wait=60"));
                }
                JsonNode listed = caller.get("/workflow?limit=500").path("tasks");
                assertThat(listed.findValuesAsText("id"))
                        .as(name)
                        .isSubsetOf(jobs.stream().map(job -> job.id).toList());
            } catch (Throwable failed) {
                router.kill();
                throw failed;
            }
            assertThat(router.stop()).as(name).isZero();
            assertThat(jobs).as(name).filteredOn(Job::cancellationPromised).isNotEmpty();
        }

        private void prove(Job job, JsonNode task) {
            String what = name + ", " + job + ": " + task;
            String status = task.path("status").asText();
            if (status.equals("410")) {
                assertThat(job.deletionAsked()).as(what).isTrue();
                assertThat(executions(job)).as(what).isEqualTo(1);
                return;
            }
            assertThat(job.resultDeleted()).as(what).isFalse();
            assertThat(status).as(what).isIn(job.deletionAsked() ? List.of("done", "cancelled") : List.of("done"));
            if (job.cancellationPromised()) {
                assertThat(status).as(what).isEqualTo("cancelled");
            }
            if (status.equals("done")) {
                assertThat(task.path("images")).as(what).hasSize(1);
                assertThat(executions(job)).as(what).isEqualTo(1);
            } else {
                assertThat(task.path("images")).as(what).isEmpty();
                assertThat(executions(job)).as(what).isLessThanOrEqualTo(1);
            }
        }

        /// How often the nodes began to run it, under whatever prompt id.
        private int executions(Job job) {
            return nodes.stream()
                    .mapToInt(node -> node.requests("POST", "/prompt").stream()
                            .filter(request -> request.bodyText().contains("\"" + job.key + "!\""))
                            .mapToInt(request -> node.timesStarted(promptId(request.bodyText())))
                            .sum())
                    .sum();
        }

        private static String promptId(String body) {
            int at = body.indexOf("\"prompt_id\":\"") + 13;
            return body.substring(at, body.indexOf('"', at));
        }

        private RouterProcess start() throws IOException, InterruptedException {
            return RouterProcess.start(
                    directory,
                    log,
                    Map.of(
                            "COMFY_ROUTER__NODES",
                                    String.join(
                                            ",",
                                            nodes.stream()
                                                    .map(node -> node.url().toString())
                                                    .toList()),
                            "COMFY_ROUTER__PENDING_LIMIT", "1000",
                            "COMFY_ROUTER__HISTORY_LIMIT", "1000"));
        }

        @Override
        public void close() {
            nodes.forEach(FakeComfyServer::close);
        }
    }
}
