package dev.comfyrouter.examples;

import dev.comfyrouter.client.ComfyClient;
import dev.comfyrouter.client.HistoryEntry;
import dev.comfyrouter.client.Run;
import dev.comfyrouter.client.UploadedImage;
import dev.comfyrouter.workflows.ImageRef;
import dev.comfyrouter.workflows.ModelRef;
import dev.comfyrouter.workflows.PictureHeader;
import dev.comfyrouter.workflows.Sd15;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;

/// A batch: every picture of a folder is painted over by the same recipe.
///
/// You learn how pictures are uploaded and named in a recipe, and how one client serves several threads: two tasks
/// are on their way at a time, so that the GPU has the next one when the first is done. A picture that fails does
/// not end the batch, and what is there already is not made again, so that a batch can be stopped and gone on with.
///
/// ```
/// examples/run PictureBatch http://127.0.0.1:8188 v1-5.safetensors "an oil painting" photos paintings
/// ```
public final class PictureBatch {
    private static final int AT_A_TIME = 2;
    private static final Duration PATIENCE = Duration.ofMinutes(30);
    private static final long LARGEST_PICTURE = 256L << 20;

    private final ComfyClient comfy;
    private final ModelRef checkpoint;
    private final String prompt;

    private PictureBatch(ComfyClient comfy, ModelRef checkpoint, String prompt) {
        this.comfy = comfy;
        this.checkpoint = checkpoint;
        this.prompt = prompt;
    }

    public static void main(String[] arguments) throws IOException, InterruptedException {
        Path to = Files.createDirectories(Path.of(arguments[4]));
        try (ComfyClient comfy = ComfyClient.builder(URI.create(arguments[0])).build()) {
            new PictureBatch(comfy, ModelRef.of(arguments[1]), arguments[2]).run(Path.of(arguments[3]), to);
        }
    }

    private void run(Path from, Path to) throws IOException, InterruptedException {
        List<Path> photos;
        try (Stream<Path> files = Files.list(from)) {
            photos = files.filter(Files::isRegularFile).sorted().toList();
        }
        var threads = Executors.newFixedThreadPool(AT_A_TIME, Thread.ofVirtual().factory());
        try (threads) {
            List<Future<String>> lines = new ArrayList<>();
            for (Path photo : photos) {
                lines.add(threads.submit(() -> paint(photo, to.resolve(photo.getFileName() + ".png"))));
            }
            for (int i = 0; i < photos.size(); i++) {
                System.out.println(photos.get(i).getFileName() + ": " + line(lines.get(i)));
            }
        }
    }

    private static String line(Future<String> painted) throws InterruptedException {
        try {
            return painted.get();
        } catch (ExecutionException failed) {
            return "failed, " + failed.getMessage();
        }
    }

    private String paint(Path photo, Path painting) throws IOException, InterruptedException, TimeoutException {
        if (Files.exists(painting)) {
            return "is there already";
        }
        PictureHeader header;
        try (InputStream in = Files.newInputStream(photo)) {
            header = PictureHeader.read(in).orElseThrow(() -> new IOException("it is no PNG, JPEG or WebP"));
        }
        UploadedImage uploaded = comfy.uploadImage(photo.getFileName().toString(), photo, "batch", false);
        var recipe = Sd15.builder(prompt, checkpoint)
                .imageToImage(new ImageRef.Named(uploaded.reference(), header.width(), header.height()), 0.6)
                .build();
        try (Run run = comfy.run(recipe.workflow())) {
            HistoryEntry ended = run.await(PATIENCE);
            if (ended.outputs().isEmpty()) {
                throw new IOException(
                        ended.error().map(error -> error.message()).orElse("it gave no picture"));
            }
            // First under another name: whatever has the final name is whole.
            Path part = painting.resolveSibling(painting.getFileName() + ".part");
            try (OutputStream out = Files.newOutputStream(part)) {
                comfy.view(ended.outputs().getFirst(), out, LARGEST_PICTURE);
            }
            Files.move(part, painting, StandardCopyOption.ATOMIC_MOVE);
        }
        return painting.toString();
    }
}
