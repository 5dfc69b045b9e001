package dev.comfyrouter.server.http;

import dev.comfyrouter.server.result.Pictures;
import dev.comfyrouter.server.task.PictureWish;
import dev.comfyrouter.workflows.PictureHeader;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/// Small pictures of large ones: each is made once, by one thread that does nothing else, and kept beside its original.
final class Thumbnails implements AutoCloseable {
    static final int SIZE = 256;
    private static final PictureWish JPEG = new PictureWish(PictureHeader.Format.JPEG, 80);
    private static final Logger LOG = System.getLogger(Thumbnails.class.getName());
    private static final int WAITING = 1_000;
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private final ConcurrentMap<Path, FutureTask<Optional<Path>>> making = new ConcurrentHashMap<>();
    private final ThreadPoolExecutor thread = new ThreadPoolExecutor(
            1,
            1,
            1,
            TimeUnit.MINUTES,
            new ArrayBlockingQueue<>(WAITING),
            Thread.ofPlatform().name("thumbnails").daemon().factory());

    Thumbnails() {
        thread.allowCoreThreadTimeOut(true);
    }

    /// The thumbnail of a picture; empty when there is none: a format that Java cannot read, or too much to do.
    Optional<Path> of(Path picture) throws InterruptedException {
        Path small = picture.resolveSibling("thumbnail-" + picture.getFileName() + ".jpg");
        if (Files.exists(small)) {
            return Optional.of(small);
        }
        FutureTask<Optional<Path>> task = making.computeIfAbsent(picture, key -> start(picture, small));
        try {
            return task.get(PATIENCE.toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException busy) {
            return Optional.empty(); // it will be there for the next one who asks
        } catch (ExecutionException broken) {
            LOG.log(Level.WARNING, "no thumbnail of {0}: {1}", picture, broken.getCause());
            return Optional.empty();
        }
    }

    private FutureTask<Optional<Path>> start(Path picture, Path small) {
        var task = new FutureTask<>(() -> {
            try {
                return make(picture, small);
            } finally {
                making.remove(picture);
            }
        });
        try {
            thread.execute(task);
        } catch (RejectedExecutionException full) {
            task.cancel(false);
            var nothing = new FutureTask<>(Optional::<Path>empty);
            nothing.run();
            return nothing;
        }
        return task;
    }

    private static Optional<Path> make(Path picture, Path small) throws IOException {
        Optional<BufferedImage> read = Pictures.read(picture, 2 * SIZE);
        if (read.isEmpty()) {
            return Optional.empty();
        }
        Path part = small.resolveSibling(small.getFileName() + ".part");
        Files.write(part, Pictures.encode(Pictures.opaque(read.get(), SIZE), JPEG));
        Files.move(part, small, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        return Optional.of(small);
    }

    @Override
    public void close() {
        thread.shutdownNow();
    }
}
