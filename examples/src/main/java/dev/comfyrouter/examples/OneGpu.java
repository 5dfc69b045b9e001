package dev.comfyrouter.examples;

import dev.comfyrouter.client.ComfyClient;
import dev.comfyrouter.client.ComfyEvent;
import dev.comfyrouter.client.ComfyException;
import dev.comfyrouter.client.HistoryEntry;
import dev.comfyrouter.client.OutputFile;
import dev.comfyrouter.client.Run;
import dev.comfyrouter.workflows.Workflow;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/// One GPU, no router: runs a graph on a ComfyUI, shows how far it is, and saves the pictures.
///
/// You learn how `comfy-client` submits a graph, how a run is followed event by event, where the pictures come
/// from, and which two errors a person can do something about.
///
/// ```
/// examples/run OneGpu http://127.0.0.1:8188 examples/graphs/text-to-image.json pictures
/// ```
///
/// The graph is what ComfyUI's page saves by "Export (API)".
public final class OneGpu {
    private static final long LARGEST_PICTURE = 256L << 20;

    private OneGpu() {}

    public static void main(String[] arguments) throws IOException, InterruptedException {
        URI server = URI.create(arguments[0]);
        Workflow workflow = Workflow.parse(Files.readString(Path.of(arguments[1])));
        Path folder = Files.createDirectories(Path.of(arguments[2]));
        try (ComfyClient comfy = ComfyClient.builder(server).build();
                Run run = comfy.run(workflow)) {
            while (!run.isFinished()) {
                run.next(Duration.ofSeconds(1)).ifPresent(event -> show(event, workflow));
            }
            save(run.result(), comfy, folder);
        } catch (ComfyException.MissingOnNode missing) {
            System.out.println("Install this on the server, or take another one: " + missing.missing());
        } catch (ComfyException.Rejected refused) {
            System.out.println("Repair the graph: " + refused.nodeErrors());
        }
    }

    private static void show(ComfyEvent event, Workflow workflow) {
        if (event instanceof ComfyEvent.Executing executing) {
            executing
                    .node()
                    .flatMap(workflow::node)
                    .ifPresent(node ->
                            System.out.printf("%n%s", node.title().isEmpty() ? node.classType() : node.title()));
        } else if (event instanceof ComfyEvent.Progress progress) {
            System.out.printf("\r  step %.0f of %.0f", progress.value(), progress.max());
        }
        System.out.flush();
    }

    private static void save(HistoryEntry ended, ComfyClient comfy, Path folder)
            throws IOException, InterruptedException {
        ended.error().ifPresent(error -> System.out.printf("%nIt failed: %s%n", error.message()));
        for (OutputFile picture : ended.outputs()) {
            // The name comes from another machine: only its last part is used.
            Path file = folder.resolve(Path.of(picture.filename()).getFileName());
            try (OutputStream out = Files.newOutputStream(file)) {
                long bytes = comfy.view(picture, out, LARGEST_PICTURE);
                System.out.printf("%n%s (%d bytes)%n", file, bytes);
            }
        }
    }
}
