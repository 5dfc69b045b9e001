package dev.comfyrouter.server.http;

import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.Iterator;
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
import javax.imageio.ImageIO;
import javax.imageio.ImageReadParam;
import javax.imageio.ImageReader;
import javax.imageio.stream.ImageInputStream;

/// Small pictures of large ones: each is made once, by one thread that does nothing else, and kept beside its original.
final class Thumbnails implements AutoCloseable {
    static final int SIZE = 256;
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
        Optional<BufferedImage> read = read(picture);
        if (read.isEmpty()) {
            return Optional.empty();
        }
        Path part = small.resolveSibling(small.getFileName() + ".part");
        if (!ImageIO.write(scaled(read.get()), "jpg", part.toFile())) {
            throw new IOException("Java writes no JPEG");
        }
        Files.move(part, small, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        return Optional.of(small);
    }

    /// Reads a picture with no more pixels than are of use: a large one need not fit into memory.
    private static Optional<BufferedImage> read(Path picture) throws IOException {
        try (ImageInputStream in = ImageIO.createImageInputStream(picture.toFile())) {
            Iterator<ImageReader> readers = ImageIO.getImageReaders(in);
            if (!readers.hasNext()) {
                return Optional.empty();
            }
            ImageReader reader = readers.next();
            try {
                reader.setInput(in, true, true);
                int longest = Math.max(reader.getWidth(0), reader.getHeight(0));
                int step = Math.max(1, longest / (2 * SIZE));
                ImageReadParam parameters = reader.getDefaultReadParam();
                parameters.setSourceSubsampling(step, step, 0, 0);
                return Optional.of(reader.read(0, parameters));
            } finally {
                reader.dispose();
            }
        }
    }

    private static BufferedImage scaled(BufferedImage picture) {
        double scale = Math.min(1, (double) SIZE / Math.max(picture.getWidth(), picture.getHeight()));
        int width = (int) Math.max(1, Math.round(picture.getWidth() * scale));
        int height = (int) Math.max(1, Math.round(picture.getHeight() * scale));
        var small = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = small.createGraphics();
        try {
            graphics.setRenderingHint(RenderingHints.KEY_INTERPOLATION, RenderingHints.VALUE_INTERPOLATION_BILINEAR);
            graphics.drawImage(picture, 0, 0, width, height, Color.WHITE, null);
        } finally {
            graphics.dispose();
        }
        return small;
    }

    @Override
    public void close() {
        thread.shutdownNow();
    }
}
