package dev.comfyrouter.server.schedule;

import dev.comfyrouter.server.node.Node;
import dev.comfyrouter.server.node.NodeState.Leaving;
import dev.comfyrouter.server.node.NodeUrl;
import dev.comfyrouter.server.store.Acceptance;
import dev.comfyrouter.server.store.Cancellation;
import dev.comfyrouter.server.task.Plan;
import dev.comfyrouter.server.task.Requirements;
import dev.comfyrouter.server.task.ResultFile;
import dev.comfyrouter.server.task.Task;
import dev.comfyrouter.server.task.TaskRequest;
import dev.comfyrouter.server.task.TaskState;
import dev.comfyrouter.workflows.SamplerLists;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;

/// One run of the router through tasks and troubles, decided by a seed alone.
final class Simulation {
    private static final int SERVERS = 8;
    private static final double FAULTS = 0.06;
    private static final Duration PATIENCE = Duration.ofHours(12);

    private final long seed;
    private final int tasks;
    private final Path directory;
    private final SimulatedTime time;
    private final Random random;
    private final Promises promises;
    private final Map<URI, SimulatedServer> servers = new LinkedHashMap<>();
    private final List<Promises.Followed> cancellable = new ArrayList<>();
    private SimulatedRouter router;
    private int submitted;
    private int restarts;
    private long steps;

    Simulation(long seed, int tasks, Path directory) throws IOException, InterruptedException {
        this.seed = seed;
        this.tasks = tasks;
        this.directory = directory;
        this.time = new SimulatedTime(seed);
        this.random = new Random(seed);
        // Attempts that count, and one more each for memory, an interrupt and an answer of 500.
        this.promises = new Promises(time, SimulatedRouter.MAX_ATTEMPTS + 3);
        for (int i = 0; i < SERVERS; i++) {
            URI url = URI.create("http://node-" + i + ":8188/");
            servers.put(url, new SimulatedServer(url, i % 4 == 3, time, new Random(seed + i), promises));
            server(url).faults = FAULTS;
        }
        this.router = open();
        for (URI url : servers.keySet()) {
            join(url);
        }
    }

    /// Runs to the end, and tells what was not kept; empty when everything was.
    List<String> run() throws IOException, InterruptedException {
        try {
            submitSome();
            trouble();
            Instant end = time.instant().plus(PATIENCE);
            while (promises.broken().isEmpty() && !over() && time.instant().isBefore(end)) {
                move();
            }
            if (promises.broken().isEmpty()) {
                settleDown();
                checkEnd();
            }
            return promises.broken();
        } finally {
            router.close();
        }
    }

    @Override
    public String toString() {
        return "seed " + seed + ": " + promises + ", " + restarts + " restarts, " + steps + " steps, "
                + Duration.between(Instant.parse("2026-11-24T12:00:00Z"), time.instant());
    }

    private boolean over() {
        return submitted == tasks && promises.endedCount() == tasks;
    }

    private void move() throws InterruptedException {
        steps++;
        promises.check(time.step(), "nothing moves any more");
        router.settle();
    }

    /// Lets what was given up be found and removed.
    private void settleDown() throws InterruptedException {
        Instant end = time.instant().plus(Duration.ofHours(1));
        while (promises.broken().isEmpty() && time.instant().isBefore(end) && !clean()) {
            move();
        }
        promises.check(clean(), "prompts of ours are left on nodes");
    }

    private boolean clean() {
        return servers.values().stream()
                        .allMatch(server -> server.queue().ours().isEmpty())
                && router.nodes.states().stream()
                        .allMatch(node ->
                                node.occupant().isEmpty() && node.abandoned().isEmpty());
    }

    private void checkEnd() throws IOException, InterruptedException {
        for (Promises.Followed followed : promises.tasks()) {
            Optional<Task> task = router.store.task(followed.number);
            if (task.isEmpty()) {
                promises.broken("task " + followed.index + " was acknowledged and is not there");
                continue;
            }
            promises.check(task.get().state().terminal(), "task " + followed.index + " has not ended");
            List<ResultFile> files = router.store.results(followed.number);
            if (task.get().state() != TaskState.SUCCEEDED) {
                promises.check(files.isEmpty(), "task " + followed.index + " did not succeed and has files");
                continue;
            }
            promises.check(files.size() == 1, "task " + followed.index + " has " + files.size() + " files");
            for (ResultFile file : files) {
                if (!Files.exists(router.results.path(followed.number, file))) {
                    promises.broken("a file of task " + followed.index + " is not there");
                    continue;
                }
                String content = Files.readString(router.results.path(followed.number, file), StandardCharsets.UTF_8);
                promises.check(
                        followed.prompts.stream().anyMatch(prompt -> content.equals(prompt.id + ".png")),
                        "task " + followed.index + " has a file of somebody else");
            }
        }
        promises.check(router.store.abandoned().isEmpty(), "given-up prompts are not worked off");
    }

    private SimulatedRouter open() throws IOException, InterruptedException {
        return new SimulatedRouter(directory, time, new Random(seed ^ restarts), this::server, promises::published);
    }

    private SimulatedServer server(URI url) {
        return Objects.requireNonNull(servers.get(url));
    }

    private void join(URI url) {
        try {
            Node node = router.nodes
                    .add(NodeUrl.parse(url.toString()), Optional.empty(), List.of(), Map.of())
                    .node();
            server(url).connect(node);
        } catch (InterruptedException stopped) {
            throw new IllegalStateException(stopped);
        }
    }

    /// Hands in a few tasks, and more after a while.
    private void submitSome() {
        int some = Math.min(tasks - submitted, 1 + random.nextInt(30));
        for (int i = 0; i < some; i++) {
            submit(submitted++);
        }
        if (submitted < tasks) {
            time.after(Duration.ofMillis(random.nextInt(10_000)), this::submitSome);
        } else {
            time.after(Duration.ofMinutes(1), () -> servers.values().forEach(SimulatedServer::heal));
        }
    }

    private void submit(int index) {
        int priority = random.nextInt(10) == 0 ? 1 : 0;
        String graph = """
                {"workflow":{"1":{"class_type":"CheckpointLoaderSimple","inputs":{"ckpt_name":"%s.safetensors"}},
                "2":{"class_type":"EmptyImage","inputs":{"width":64,"height":64,"batch_size":1,"color":0}},
                "3":{"class_type":"SaveImage","inputs":{"images":["2",0],"filename_prefix":"%s"}}}}
                """.formatted(random.nextBoolean() ? "a" : "b", Promises.prefix(index));
        var request = new TaskRequest(
                TaskRequest.GRAPH,
                Plan.parse(TaskRequest.GRAPH, graph, SamplerLists.core()),
                priority,
                Optional.empty(),
                Optional.empty(),
                Requirements.NONE,
                Optional.empty());
        Promises.Followed followed = promises.submits(index, priority);
        try {
            if (router.schedule.intake().accept(request, Optional.empty())
                    instanceof Acceptance.Accepted(var id, long number)) {
                promises.acknowledged(followed, id, number);
                cancellable.add(followed);
            } else {
                promises.broken("task " + index + " was not accepted");
            }
        } catch (InterruptedException stopped) {
            throw new IllegalStateException(stopped);
        }
    }

    /// Something goes wrong, again and again until all tasks are handed in.
    private void trouble() {
        if (submitted == tasks) {
            return;
        }
        time.after(Duration.ofMillis(random.nextInt(2000)), this::trouble);
        SimulatedServer server = List.copyOf(servers.values()).get(random.nextInt(SERVERS));
        switch (random.nextInt(18)) {
            case 0, 1 ->
                server.down(
                        Duration.ofMillis(random.nextInt(random.nextInt(3) == 0 ? 90_000 : 9000)),
                        random.nextBoolean(),
                        random.nextBoolean());
            case 2, 3 -> server.stream().cut(Duration.ofMillis(random.nextInt(20_000)));
            case 4 -> {
                server.stream().deaf = true;
                time.after(Duration.ofSeconds(random.nextInt(60)), () -> server.stream().deaf = false);
            }
            case 5 -> {
                server.faults = random.nextDouble() * 0.5;
                time.after(Duration.ofSeconds(random.nextInt(120)), () -> server.faults = FAULTS);
            }
            case 6, 7 -> server.foreignPrompt();
            case 8 -> server.queue().foreignInterrupt();
            case 9, 10, 14, 15, 16 -> cancelOne();
            case 17 -> cancelRunning();
            case 11 -> {
                if (random.nextInt(4) == 0) {
                    server.blackHole = true;
                    time.after(Duration.ofSeconds(random.nextInt(60)), () -> server.blackHole = false);
                }
            }
            case 12 -> {
                if (random.nextInt(4) == 0) {
                    remove(server);
                }
            }
            default -> {
                if (random.nextInt(4) == 0) {
                    restart();
                }
            }
        }
    }

    /// Mostly one that waits.
    private void cancelOne() {
        if (!cancellable.isEmpty()) {
            Promises.Followed task = cancellable.remove(Math.max(0, cancellable.size() - 1 - random.nextInt(40)));
            if (!task.ended()) {
                cancel(task);
            }
        }
    }

    /// One whose files are just being fetched, or else one that runs. Sometimes the router ends before the wish has
    /// had any effect.
    private void cancelRunning() {
        cancellable.removeIf(Promises.Followed::ended);
        Stream<Promises.Followed> collecting = cancellable.stream().filter(Promises.Followed::collects);
        Stream<Promises.Followed> others = cancellable.stream().filter(Promises.Followed::underWay);
        Stream.concat(collecting, others).findFirst().ifPresent(task -> {
            cancellable.remove(task);
            cancel(task);
            if (random.nextInt(Math.max(1, tasks / 75)) == 0) { // a few in each run: a restart reads every task
                restart();
            }
        });
    }

    private void cancel(Promises.Followed task) {
        task.wishCancel(time.instant());
        try {
            Cancellation cancellation = router.schedule.intake().cancel(Objects.requireNonNull(task.id));
            promises.check(
                    cancellation instanceof Cancellation.Done || cancellation instanceof Cancellation.Requested,
                    "task " + task.index + " was not cancelled: " + cancellation);
        } catch (InterruptedException stopped) {
            throw new IllegalStateException(stopped);
        }
    }

    /// The operator removes a node at once, and adds it again later.
    private void remove(SimulatedServer server) {
        router.nodes.states().stream()
                .filter(node -> node.spec().url().equals(server.url))
                .findFirst()
                .ifPresent(node -> {
                    server.takeAway();
                    promises.uncounted();
                    try {
                        router.nodes.remove(node.id(), Leaving.NOW);
                    } catch (InterruptedException stopped) {
                        throw new IllegalStateException(stopped);
                    }
                    time.after(Duration.ofSeconds(60 + random.nextInt(60)), () -> {
                        server.bringBack();
                        join(server.url);
                    });
                });
    }

    /// The router ends at this moment, whatever it does, and starts again.
    private void restart() {
        try {
            router.settle();
            router.close();
            restarts++;
            promises.uncounted();
            router = open();
        } catch (IOException | InterruptedException failed) {
            throw new IllegalStateException(failed);
        }
    }
}
