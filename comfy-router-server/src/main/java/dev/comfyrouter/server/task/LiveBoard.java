package dev.comfyrouter.server.task;

import dev.comfyrouter.client.Bytes;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.UnaryOperator;

/// The live facts of all tasks that have not ended: in memory only, written by runners and the dispatcher, read by
/// anybody.
public final class LiveBoard {
    private final ConcurrentMap<Long, Live> tasks = new ConcurrentHashMap<>();
    private final AtomicLong version = new AtomicLong();

    public Live of(long number) {
        return tasks.getOrDefault(number, Live.NOTHING);
    }

    /// The newest version of anything on the board.
    public long version() {
        return version.get();
    }

    public void waits(long number, String reason) {
        if (!of(number).waitReason().equals(reason)) {
            change(
                    number,
                    live -> new Live(
                            version.incrementAndGet(),
                            live.progress(),
                            live.phase(),
                            live.step(),
                            live.steps(),
                            live.preview(),
                            reason));
        }
    }

    public void progress(long number, double share, String phase, int step, int steps) {
        change(number, live -> new Live(version.incrementAndGet(), share, phase, step, steps, live.preview(), ""));
    }

    public void preview(long number, String contentType, Bytes bytes) {
        change(
                number,
                live -> new Live(
                        version.incrementAndGet(),
                        live.progress(),
                        live.phase(),
                        live.step(),
                        live.steps(),
                        Optional.of(new Live.Picture(
                                live.preview().map(Live.Picture::version).orElse(0) + 1, contentType, bytes)),
                        live.waitReason()));
    }

    /// An attempt is over: its progress and preview mean nothing any more.
    public void reset(long number) {
        change(number, live -> new Live(version.incrementAndGet(), 0, "", 0, 0, Optional.empty(), ""));
    }

    /// The task has ended.
    public void remove(long number) {
        tasks.remove(number);
    }

    private void change(long number, UnaryOperator<Live> change) {
        tasks.compute(number, (key, live) -> change.apply(live == null ? Live.NOTHING : live));
    }
}
