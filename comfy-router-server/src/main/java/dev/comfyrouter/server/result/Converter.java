package dev.comfyrouter.server.result;

import dev.comfyrouter.server.task.PictureWish;
import dev.comfyrouter.server.task.ResultFile;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.FutureTask;

/// The thread that turns pictures into the format that was asked for: one at a time, because a decoded picture is
/// large, and off the virtual threads, because it is all computing.
public final class Converter implements AutoCloseable {
    private static final Logger LOG = System.getLogger(Converter.class.getName());

    private final ExecutorService thread = Executors.newSingleThreadExecutor(
            Thread.ofPlatform().name("picture-converter").daemon().factory());

    /// The bytes of a picture in the format that is wished for.
    ///
    /// @param path where the file lies
    /// @return empty when it is to stay as it is: it has that format, is no picture, or cannot be converted
    public Optional<byte[]> convert(ResultFile file, Path path, PictureWish wish) throws InterruptedException {
        if (!file.image() || file.contentType().equals(wish.format().contentType())) {
            return Optional.empty();
        }
        var work = new FutureTask<>(() -> encode(path, wish));
        thread.execute(work);
        try {
            Optional<byte[]> converted = work.get();
            if (converted.isEmpty()) {
                LOG.log(Level.WARNING, "{0} stays as it is: it is too large to be converted", path);
            }
            return converted;
        } catch (ExecutionException failed) {
            LOG.log(Level.WARNING, "{0} stays as it is: it cannot be converted: {1}", path, failed.getCause());
            return Optional.empty();
        } finally {
            work.cancel(true);
        }
    }

    private static Optional<byte[]> encode(Path path, PictureWish wish) throws IOException {
        Optional<BufferedImage> picture = Pictures.read(path, Integer.MAX_VALUE);
        return picture.isEmpty() ? Optional.empty() : Optional.of(Pictures.encode(picture.get(), wish));
    }

    @Override
    public void close() {
        thread.shutdownNow();
    }
}
