package dev.comfyrouter.benchmarks;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/// Several callers that share a number of requests, each with a connection of its own.
final class Callers {
    /// One request.
    interface Request {
        void send(Connection connection, int number) throws IOException;
    }

    private Callers() {}

    /// As fast as answers come; gives the times of the requests.
    static Samples flood(RouterUnderTest router, int callers, int requests, Request request)
            throws IOException, InterruptedException {
        return run(router, callers, requests, 0, request);
    }

    /// So many requests a second, whether answers come or not; a request that had to wait for a caller counts from
    /// the time at which it was due.
    static Samples steadily(RouterUnderTest router, int callers, int perSecond, int requests, Request request)
            throws IOException, InterruptedException {
        return run(router, callers, requests, 1_000_000_000L / perSecond, request);
    }

    private static Samples run(RouterUnderTest router, int callers, int requests, long interval, Request request)
            throws IOException, InterruptedException {
        Samples samples = new Samples();
        AtomicInteger next = new AtomicInteger();
        long start = System.nanoTime();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> running = new ArrayList<>();
            for (int i = 0; i < callers; i++) {
                running.add(threads.submit(() -> {
                    try (Connection connection = router.connect()) {
                        int number;
                        while ((number = next.getAndIncrement()) < requests) {
                            long due = interval == 0 ? System.nanoTime() : start + number * interval;
                            long early;
                            while ((early = due - System.nanoTime()) > 0) {
                                LockSupport.parkNanos(early);
                            }
                            request.send(connection, number);
                            samples.add(System.nanoTime() - due);
                        }
                    }
                    return null;
                }));
            }
            for (Future<?> each : running) {
                each.get();
            }
        } catch (ExecutionException failed) {
            throw new IOException(failed.getCause());
        }
        return samples;
    }

    /// Lets a router run so many tasks that what follows does not measure Java's compiler.
    static void warm(RouterUnderTest router, Nodes nodes, int tasks) throws IOException, InterruptedException {
        flood(router, 16, tasks, (caller, number) -> submit(caller, "dog " + number));
        nodes.awaitFetched(tasks);
        router.awaitDone(tasks);
        nodes.reset();
    }

    /// A request that must be answered with this status.
    static Connection.Answer expect(int status, Connection.Answer answer) throws IOException {
        if (answer.status() != status) {
            throw new IOException("not " + status + " but " + answer);
        }
        return answer;
    }

    static void submit(Connection connection, String prompt) throws IOException {
        expect(202, connection.post("/workflow", Script.request(prompt)));
    }
}
