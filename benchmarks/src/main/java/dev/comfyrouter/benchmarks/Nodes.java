package dev.comfyrouter.benchmarks;

import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/// A number of light nodes, and when their prompts came and went.
final class Nodes implements AutoCloseable {
    private volatile CountDownLatch gate = new CountDownLatch(0);
    private final List<LightNode> all = new ArrayList<>();
    private final List<Watch> watches = new ArrayList<>();
    private final Map<String, Long> arrivals = new ConcurrentHashMap<>();
    private final Samples gaps = new Samples();
    private final Semaphore arrived = new Semaphore(0);
    private final Semaphore fetched = new Semaphore(0);

    Nodes(Script script, int count, Duration job) throws IOException {
        for (int i = 0; i < count; i++) {
            Watch watch = new Watch();
            watches.add(watch);
            all.add(new LightNode(script, job, () -> gate.await(), watch));
        }
    }

    List<URI> urls() {
        return all.stream().map(LightNode::url).toList();
    }

    /// Keeps prompts that come from now on from running, until [#open].
    void shut() {
        gate = new CountDownLatch(1);
    }

    void open() {
        gate.countDown();
    }

    /// The first node hangs from now on.
    void hang() {
        all.getFirst().hang();
    }

    /// Forgets what it has counted and timed: the next prompt of a node follows on none.
    void reset() {
        watches.forEach(watch -> watch.lastEnd = 0);
        arrived.drainPermits();
        fetched.drainPermits();
        gaps.reset();
    }

    /// Waits until so many prompts more have come.
    void awaitArrived(int count) throws IOException, InterruptedException {
        await(arrived, count, "prompts came");
    }

    /// Waits until so many pictures more have been fetched.
    void awaitFetched(int count) throws IOException, InterruptedException {
        await(fetched, count, "pictures were fetched");
    }

    /// The time at which the prompt came that has this text in it.
    long arrival(String text) {
        Long nanos = arrivals.get(text);
        if (nanos == null) {
            throw new IllegalStateException("no prompt came with the text " + text);
        }
        return nanos;
    }

    /// From the end of a prompt to the coming of the next one on the same node.
    Samples gaps() {
        return gaps;
    }

    @Override
    public void close() throws IOException {
        for (LightNode node : all) {
            node.close();
        }
    }

    private static void await(Semaphore semaphore, int count, String what) throws IOException, InterruptedException {
        if (!semaphore.tryAcquire(count, 4, TimeUnit.MINUTES)) {
            throw new IOException("only " + semaphore.availablePermits() + " of " + count + " " + what);
        }
    }

    /// Listens to one node.
    private final class Watch implements LightNode.Watcher {
        private volatile long lastEnd;

        @Override
        public void arrived(String body, long nanos) {
            long end = lastEnd;
            lastEnd = 0;
            if (end != 0) {
                gaps.add(nanos - end);
            }
            int mark = body.indexOf("mark-");
            if (mark >= 0) {
                arrivals.put(body.substring(mark, body.indexOf('!', mark)), nanos);
            }
            arrived.release();
        }

        @Override
        public void ended(long nanos) {
            lastEnd = nanos;
        }

        @Override
        public void fetched() {
            fetched.release();
        }
    }
}
