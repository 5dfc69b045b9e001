package dev.comfyrouter.benchmarks;

import java.io.IOException;
import java.time.Duration;
import java.util.Locale;

/// Many nodes work off a queue: how close the router comes to what the nodes could do, and how long a node waits
/// for its next task.
///
/// The router is warm, and all tasks wait when the nodes' gate opens; the time ends when the last task is done, its
/// picture on disk.
///
/// @param share the wanted share of what the nodes could do, in percent, or 0
/// @param rate the wanted tasks per second, or 0
record Backlog(int nodeCount, Duration job, int tasks, double share, double rate) implements Measurement {
    private static final int CALLERS = 16;
    private static final int WARM = 15000;

    @Override
    public void run(Setting setting, Report report) throws IOException, InterruptedException {
        int count = Math.max(nodeCount, setting.of(tasks));
        try (Nodes nodes = new Nodes(setting.script(), nodeCount, job);
                RouterUnderTest router = RouterUnderTest.start(setting.distribution(), nodes.urls())) {
            router.awaitNodes(nodeCount);
            int before = setting.of(WARM);
            Callers.warm(router, nodes, before);
            nodes.shut();
            Callers.flood(router, CALLERS, count, (caller, number) -> Callers.submit(caller, "cat " + number));
            nodes.awaitArrived(nodeCount);
            router.record(nodeCount + "x" + job.toMillis());
            Duration used = router.cpu();
            Duration own = cpu();
            long start = System.nanoTime();
            nodes.open();
            nodes.awaitFetched(count);
            router.awaitDone(before + count);
            double seconds = (System.nanoTime() - start) / 1e9;
            double cpu = router.cpu().minus(used).toNanos() / 1e6 / count;
            double nodesCpu = cpu().minus(own).toNanos() / 1e6 / count;
            double ideal = job.toNanos() / 1e9 * Math.ceil((double) count / nodeCount);
            router.recorded();
            String what = nodeCount + " nodes, jobs of " + job.toMillis() + " ms, " + count + " tasks: ";
            String remark = String.format(
                    Locale.ROOT, "%.2f s; CPU a task: router %.2f ms, nodes %.2f ms", seconds, cpu, nodesCpu);
            if (share > 0) {
                report.atLeast(what + "of ideal", share, 100 * ideal / seconds, " %", remark);
            }
            if (rate > 0) {
                report.atLeast(what + "tasks/s", rate, count / seconds, "", remark);
            }
            report.note(what + "end → next prompt on that node", nodes.gaps().toString(), "p50 / p99");
        }
    }

    /// The CPU time of this process, which is that of the nodes.
    private static Duration cpu() {
        return ProcessHandle.current().info().totalCpuDuration().orElse(Duration.ZERO);
    }
}
