package dev.comfyrouter.benchmarks;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/// What a good caller notices of five hundred others whose headers trickle in, and five hundred whose bodies do.
record SlowPeers() implements Measurement {
    private static final int PER_SECOND = 300;
    private static final String HEADERS = "GET /session HTTP/1.1\r\nHost: localhost\r\nX-Slow: ";
    private static final String BODY = "POST /workflow HTTP/1.1\r\nHost: localhost\r\n"
            + "Authorization: Basic YWRtaW46YWRtaW4=\r\nContent-Type: application/json\r\nContent-Length: 4000\r\n\r\n{";

    @Override
    public void run(Setting setting, Report report) throws IOException, InterruptedException {
        int count = setting.of(500);
        try (Nodes nodes = new Nodes(setting.script(), 1, Duration.ofMillis(1));
                RouterUnderTest router = RouterUnderTest.start(setting.distribution(), nodes.urls());
                Trickle trickle = new Trickle(router.port())) {
            router.awaitNodes(1);
            int tasks = setting.of(200);
            Callers.flood(router, 8, tasks, (caller, number) -> Callers.submit(caller, "cat " + number));
            router.awaitDone(tasks);
            Callers.Request list = (caller, number) -> Callers.expect(200, caller.get("/workflow?limit=20"));
            Callers.flood(router, 16, setting.of(20_000), list);
            Samples alone = Callers.steadily(router, 16, PER_SECOND, setting.of(15 * PER_SECOND), list);
            long before = router.residentMiB();
            trickle.open(HEADERS, count);
            trickle.open(BODY, count);
            Samples beside = Callers.steadily(router, 16, PER_SECOND, setting.of(15 * PER_SECOND), list);
            long cost = router.residentMiB() - before;
            report.atMost(
                    "p99 of a good caller beside " + count + " slow headers and " + count
                            + " slow bodies, times that alone",
                    2,
                    beside.milliseconds(99) / alone.milliseconds(99),
                    "",
                    PER_SECOND + " lists a second; p50 / p99 alone " + alone + ", beside " + beside + "; "
                            + trickle.alive() + " slow ones were still connected");
            report.atMost("memory for these", 200, (double) cost, " MiB", "from " + before + " MiB");
        }
    }

    /// Connections of which each gets one byte a second, at a time of its own: strangers are not slow in step.
    private static final class Trickle implements AutoCloseable {
        private static final int SLICES = 200;

        private final int port;
        private final List<Socket> sockets = new ArrayList<>();
        private final Thread thread = Thread.ofVirtual().unstarted(this::drip);
        private volatile List<Socket> wet = List.of();
        private volatile int alive;

        Trickle(int port) {
            this.port = port;
            thread.start();
        }

        void open(String beginning, int count) throws IOException {
            for (int i = 0; i < count; i++) {
                Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
                sockets.add(socket);
                socket.getOutputStream().write(beginning.getBytes(StandardCharsets.US_ASCII));
            }
            wet = List.copyOf(sockets);
            alive = wet.size();
        }

        int alive() {
            return alive;
        }

        private void drip() {
            while (!Thread.interrupted()) {
                List<Socket> now = wet;
                int count = 0;
                for (int slice = 0; slice < SLICES; slice++) {
                    LockSupport.parkNanos(1_000_000_000L / SLICES);
                    for (int i = slice; i < now.size(); i += SLICES) {
                        count += drip(now.get(i)) ? 1 : 0;
                    }
                }
                alive = count;
            }
        }

        /// @return false when the router has cut the connection off, as it should after a while
        private static boolean drip(Socket socket) {
            try {
                socket.getOutputStream().write(' ');
                return true;
            } catch (IOException cutOff) {
                return false;
            }
        }

        @Override
        public void close() throws IOException {
            thread.interrupt();
            for (Socket socket : sockets) {
                socket.close();
            }
        }
    }
}
