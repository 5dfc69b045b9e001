package dev.comfyrouter.examples;

import dev.comfyrouter.client.ComfyClient;
import dev.comfyrouter.client.ComfyException;
import dev.comfyrouter.client.HistoryEntry;
import dev.comfyrouter.client.Outcome;
import dev.comfyrouter.client.Run;
import dev.comfyrouter.workflows.ModelRef;
import dev.comfyrouter.workflows.Sd15;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeoutException;

/// Some code of your own that needs a ComfyUI: it paints postcards.
///
/// What you learn is in its test, `PostcardsTest`: with `FakeComfyServer` of `comfy-testkit` such code is tested
/// against a ComfyUI in one line, and against one that fails in every way you can name.
///
/// ```
/// examples/run Postcards http://127.0.0.1:8188 "greetings from the coast" postcard.png
/// ```
public final class Postcards implements AutoCloseable {
    private static final ModelRef CHECKPOINT = ModelRef.of("v1-5.safetensors");
    private static final int TRIES = 2;
    private static final Duration PATIENCE = Duration.ofMinutes(5);
    private static final int LARGEST = 32 << 20;

    private final ComfyClient comfy;

    Postcards(URI server) {
        comfy = ComfyClient.builder(server).build();
    }

    public static void main(String[] arguments) throws IOException, InterruptedException, TimeoutException {
        try (var postcards = new Postcards(URI.create(arguments[0]))) {
            Optional<byte[]> postcard = postcards.paint(arguments[1]);
            if (postcard.isPresent()) {
                Files.write(Path.of(arguments[2]), postcard.get());
            }
            System.out.println(postcard.isPresent() ? arguments[2] : "no luck today");
        }
    }

    /// A postcard as PNG; empty when the server failed under it twice.
    ///
    /// @throws ComfyException when the server cannot paint postcards at all
    Optional<byte[]> paint(String text) throws IOException, InterruptedException, TimeoutException {
        for (int tried = 0; tried < TRIES; tried++) {
            var recipe =
                    Sd15.builder("postcard, " + text, CHECKPOINT).size(768, 512).build();
            try (Run run = comfy.run(recipe.workflow())) {
                HistoryEntry ended = run.await(PATIENCE);
                if (ended.outcome() == Outcome.SUCCESS) {
                    var picture = new ByteArrayOutputStream();
                    comfy.view(ended.outputs().getFirst(), picture, LARGEST);
                    return Optional.of(picture.toByteArray());
                }
            }
        }
        return Optional.empty();
    }

    @Override
    public void close() {
        comfy.close();
    }
}
