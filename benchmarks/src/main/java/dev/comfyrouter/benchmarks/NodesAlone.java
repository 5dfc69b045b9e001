package dev.comfyrouter.benchmarks;

import dev.comfyrouter.client.ComfyClient;
import dev.comfyrouter.client.EventStream;
import dev.comfyrouter.client.HistoryEntry;
import dev.comfyrouter.client.PromptId;
import dev.comfyrouter.client.Submission;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/// What the light nodes do without a router, driven by our own client through the same steps: submit, hear the
/// events, read the history, fetch the picture.
record NodesAlone() implements Measurement {
    private static final int NODES = 64;

    @Override
    public void run(Setting setting, Report report) throws IOException, InterruptedException {
        int each = setting.of(100);
        try (Nodes nodes = new Nodes(setting.script(), NODES, Duration.ofMillis(2))) {
            drive(nodes, setting.of(20));
            long start = System.nanoTime();
            drive(nodes, each);
            double seconds = (System.nanoTime() - start) / 1e9;
            report.note(
                    "light nodes alone: 64 nodes, jobs of 2 ms, tasks/s",
                    Long.toString(Math.round(NODES * each / seconds)),
                    "driven by comfy-client in the same process; "
                            + setting.script().events().size() + " events of "
                            + setting.script().eventBytes() + " bytes and a picture of "
                            + setting.script().picture().length + " bytes a task");
        }
    }

    private static void drive(Nodes nodes, int prompts) throws IOException, InterruptedException {
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> drivers = new ArrayList<>();
            for (URI url : nodes.urls()) {
                drivers.add(threads.submit(() -> drive(url, prompts)));
            }
            for (Future<?> driver : drivers) {
                driver.get();
            }
        } catch (ExecutionException failed) {
            throw new IOException(failed.getCause());
        }
    }

    private static Void drive(URI url, int prompts) throws IOException, InterruptedException {
        try (ComfyClient client = ComfyClient.builder(url).build();
                EventStream events = client.events("driver")) {
            for (int i = 0; i < prompts; i++) {
                PromptId id = PromptId.random();
                client.submit(new Submission(Script.workflow(), id, "driver", Optional.empty()));
                Optional<HistoryEntry> entry = Optional.empty();
                while (entry.isEmpty()) {
                    events.poll(Duration.ofSeconds(5));
                    entry = client.history(id);
                }
                client.view(entry.get().outputs().getFirst(), OutputStream.nullOutputStream(), Long.MAX_VALUE);
            }
        }
        return null;
    }
}
