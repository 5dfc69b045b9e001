package dev.comfyrouter.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Measures the built distribution and prints a table: `Benchmarks <distribution> [name…]`.
public final class Benchmarks {
    private static final Map<String, Measurement> ALL = new LinkedHashMap<>();

    static {
        ALL.put("nodes", new NodesAlone());
        ALL.put("start", new Start());
        ALL.put("idle", new IdleNode());
        ALL.put("64x100", new Backlog(64, Duration.ofMillis(100), 2000, 95, 0));
        ALL.put("64x2", new Backlog(64, Duration.ofMillis(2), 4000, 0, 800));
        ALL.put("256x1000", new Backlog(256, Duration.ofSeconds(1), 2560, 95, 0));
        ALL.put("256x100", new Backlog(256, Duration.ofMillis(100), 5000, 0, 1000));
        ALL.put("submission", new SubmissionUnderLoad());
        ALL.put("reads", new Reads());
        ALL.put("streams", new OpenStreams());
        ALL.put("slow", new SlowPeers());
        ALL.put("hanging", new HangingNode());
        ALL.put("queue", new LongQueue());
    }

    private Benchmarks() {}

    public static void main(String[] arguments) throws IOException, InterruptedException {
        if (arguments.length == 0 || !Files.isDirectory(Path.of(arguments[0]))) {
            System.err.println("usage: Benchmarks <distribution> [" + String.join("|", ALL.keySet()) + "]...");
            System.exit(2);
        }
        List<String> names = List.of(arguments).subList(1, arguments.length);
        run(
                new Measurement.Setting(Path.of(arguments[0]).toAbsolutePath(), Script.record(), 1),
                names.isEmpty() ? List.copyOf(ALL.keySet()) : names,
                new Report(System.out));
    }

    static void run(Measurement.Setting setting, List<String> names, Report report)
            throws IOException, InterruptedException {
        String machine = Machine.describe();
        for (String name : names) {
            Measurement measurement = ALL.get(name);
            if (measurement == null) {
                throw new IllegalArgumentException("there is no measurement '" + name + "' among " + ALL.keySet());
            }
            measurement.run(setting, report);
        }
        report.print(machine);
    }
}
