package dev.comfyrouter.server.http;

import dev.comfyrouter.server.result.ResultStore;
import dev.comfyrouter.server.store.WholeTask;
import dev.comfyrouter.server.task.ResultFile;
import java.io.IOException;
import java.nio.file.Files;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/// The images that may stand in the JSON of their task: the first ones, as far as they fit together into a limit.
///
/// The limit is that of pictures on their way in, because such an answer is in memory as a whole, too.
final class InlineImages {
    private final ResultStore results;
    private final long limit;

    /// @param limit the most bytes that the images of one answer may have together, before base64
    InlineImages(ResultStore results, long limit) {
        this.results = results;
        this.limit = limit;
    }

    TaskViews.Contents of(WholeTask whole) {
        Set<Integer> fitting = new HashSet<>();
        long bytes = 0;
        for (ResultFile file : whole.results()) {
            if (file.image() && bytes + file.bytes() <= limit) {
                bytes += file.bytes();
                fitting.add(file.index());
            }
        }
        return file -> fitting.contains(file.index()) ? read(whole, file) : Optional.empty();
    }

    private Optional<byte[]> read(WholeTask whole, ResultFile file) {
        try {
            return Optional.of(Files.readAllBytes(results.path(whole.task().number(), file)));
        } catch (IOException gone) {
            return Optional.empty(); // deleted a moment ago; its URL will say so
        }
    }
}
