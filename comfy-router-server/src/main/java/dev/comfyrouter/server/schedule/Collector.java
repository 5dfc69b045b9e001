package dev.comfyrouter.server.schedule;

import dev.comfyrouter.client.ComfyException;
import dev.comfyrouter.client.HistoryEntry;
import dev.comfyrouter.client.OutputFile;
import dev.comfyrouter.client.OutputText;
import dev.comfyrouter.server.result.Converter;
import dev.comfyrouter.server.result.ResultStore;
import dev.comfyrouter.server.task.PictureWish;
import dev.comfyrouter.server.task.ResultFile;
import dev.comfyrouter.server.time.Time;
import dev.comfyrouter.workflows.Workflow;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;

/// Fetches the outputs of a finished prompt from its node into the result store.
///
/// A node that is away for a moment is asked again for two minutes. A disk of ours that fails is waited for without
/// end:
/// the outputs stay on the node meanwhile.
public final class Collector {
    private static final Logger LOG = System.getLogger(Collector.class.getName());
    private static final int MOST_FILES = 256;
    private static final int TRIES = 8;
    private static final Duration DISK_PAUSE = Duration.ofSeconds(5);

    private final ResultStore results;
    private final Converter converter;
    private final Limits limits;
    private final Time time;

    /// How much of a task is kept.
    ///
    /// @param fileBytes the largest file that is kept
    /// @param taskBytes the most that is kept of one task
    public record Limits(long fileBytes, long taskBytes) {}

    Collector(ResultStore results, Converter converter, Limits limits, Time time) {
        this.results = results;
        this.converter = converter;
        this.limits = limits;
        this.time = time;
    }

    /// The attempt ended well, and what it left is not kept; `reason` is the task's failure.
    static final class Unkept extends Exception {
        private static final long serialVersionUID = 1L;

        private final String reason;

        Unkept(String reason) {
            super(reason);
            this.reason = reason;
        }

        String reason() {
            return reason;
        }
    }

    /// All outputs in the order of the graph's nodes, on disk.
    ///
    /// @param wish in which format pictures are kept; empty: as the node wrote them
    /// @throws ComfyException when the node does not give them
    List<ResultFile> collect(Run run, HistoryEntry entry, Optional<PictureWish> wish)
            throws InterruptedException, Unkept {
        List<OutputFile> files = inOrder(run.graph(), entry.outputs());
        if (files.size() + entry.texts().size() > MOST_FILES) {
            throw new Unkept("it left " + files.size() + " files; at most " + MOST_FILES + " are kept of one task");
        }
        if (files.isEmpty() && run.mustGiveFile()) {
            throw new Unkept("it ended without a picture");
        }
        List<ResultFile> kept = new ArrayList<>();
        long bytes = 0;
        for (OutputFile file : files) {
            ResultFile fetched = fetch(run, kept.size(), file);
            if (wish.isPresent()) {
                fetched = converted(run, fetched, wish.get());
            }
            kept.add(fetched);
            bytes += fetched.bytes();
            if (bytes > limits.taskBytes()) {
                throw new Unkept("its files have more than " + limits.taskBytes() + " bytes together, the most that is"
                        + " kept of one task");
            }
        }
        for (OutputText text : entry.texts()) {
            byte[] utf8 = text.text().getBytes(StandardCharsets.UTF_8);
            kept.add(store(run, kept.size(), "text-" + text.nodeId() + ".txt", out -> out.write(utf8)));
        }
        return kept;
    }

    /// Deletes what an attempt left whose outcome does not count.
    void discard(Run run) {
        try {
            results.discard(run.number(), run.k());
        } catch (IOException failed) {
            LOG.log(Level.WARNING, "files of {0} were not deleted: {1}", run, failed.getMessage());
        }
    }

    private ResultFile fetch(Run run, int index, OutputFile file) throws InterruptedException, Unkept {
        for (int attempt = 1; ; attempt++) {
            try {
                return store(
                        run, index, file.filename(), out -> run.node().client().view(file, out, limits.fileBytes()));
            } catch (ComfyException.TooLarge tooLarge) {
                throw new Unkept(file.filename() + " has more than " + limits.fileBytes()
                        + " bytes, the most that is kept of one file");
            } catch (ComfyException failed) {
                if (attempt == TRIES || failed instanceof ComfyException.NotFound) {
                    throw failed;
                }
                time.pause(Duration.ofSeconds(Math.min(30, 1L << attempt)));
            }
        }
    }

    /// The file as it is to be kept; the other one is deleted.
    private ResultFile converted(Run run, ResultFile file, PictureWish wish) throws InterruptedException {
        Optional<byte[]> bytes = converter.convert(file, results.path(run.number(), file), wish);
        if (bytes.isEmpty()) {
            return file;
        }
        int dot = file.name().lastIndexOf('.');
        String stem = dot > 0 ? file.name().substring(0, dot) : file.name();
        ResultFile kept =
                store(run, file.index(), stem + "." + wish.format().extension(), out -> out.write(bytes.get()));
        if (!kept.fileName().equals(file.fileName())) {
            try {
                results.discard(run.number(), file);
            } catch (IOException failed) {
                LOG.log(Level.WARNING, "a picture of {0} was not deleted: {1}", run, failed.getMessage());
            }
        }
        return kept;
    }

    private ResultFile store(Run run, int index, String name, ResultStore.Source source) throws InterruptedException {
        while (true) {
            try {
                return results.write(run.number(), run.k(), index, name, source);
            } catch (IOException diskFailed) {
                LOG.log(
                        Level.ERROR,
                        "the results of {0} cannot be written and stay on their node: {1}; free space or repair the disk",
                        run,
                        diskFailed);
                time.pause(DISK_PAUSE);
            }
        }
    }

    /// ComfyUI's order of output nodes changes from run to run; files of one node are in order. No file comes twice.
    private static List<OutputFile> inOrder(Workflow graph, List<OutputFile> files) {
        List<String> ids = graph.nodes().stream().map(Workflow.Node::id).toList();
        return new LinkedHashSet<>(files)
                .stream()
                        .sorted(Comparator.comparingInt(file -> ids.indexOf(file.nodeId())))
                        .toList();
    }
}
