package dev.comfyrouter.examples;

import dev.comfyrouter.client.ComfyClient;
import dev.comfyrouter.client.OutputFile;
import dev.comfyrouter.client.Run;
import dev.comfyrouter.workflows.Graph;
import dev.comfyrouter.workflows.Problem;
import dev.comfyrouter.workflows.Sampling;
import dev.comfyrouter.workflows.Slot;
import dev.comfyrouter.workflows.Wire;
import dev.comfyrouter.workflows.WireType;
import dev.comfyrouter.workflows.Workflow;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeoutException;

/// A graph made by hand, node by node, with two nodes of somebody's own pack in it.
///
/// You learn how wires with types keep javac from plugging a latent into a picture, how a custom node and a type
/// of its own join the graph, and how to find out that a server lacks the pack.
///
/// ```
/// examples/run CustomNode http://127.0.0.1:8188 v1-5.safetensors film.png
/// ```
public final class CustomNode {
    private static final Duration PATIENCE = Duration.ofMinutes(10);
    private static final long LARGEST_PICTURE = 256L << 20;

    private CustomNode() {}

    /// What only nodes of the pack give and take.
    static final class FilmStock extends Slot.Custom {}

    /// The pack's two nodes as methods: once written, no caller spells an input's name again.
    record FilmPack(Graph graph) {
        private static final WireType<FilmStock> FILM_STOCK = WireType.custom("FILM_STOCK");

        Wire<FilmStock> load(String stock) {
            return graph.node("LoadFilmStock").with("stock", stock).add().out(0, FILM_STOCK);
        }

        Wire<Slot.Image> develop(Wire<Slot.Image> picture, Wire<FilmStock> stock, double grain) {
            return graph.node("DevelopFilm")
                    .title("Develop")
                    .with("image", picture)
                    .with("film_stock", stock)
                    .with("grain", grain)
                    .add()
                    .out(0, WireType.IMAGE);
        }
    }

    static Workflow workflow(String checkpoint) {
        var graph = new Graph();
        var film = new FilmPack(graph);
        var model = graph.loadCheckpoint(checkpoint);
        var wanted = graph.encodeText(model.clip(), "a tram in the rain, 1962");
        var unwanted = graph.encodeText(model.clip(), "");
        var sampling = Sampling.of(42).steps(24).cfg(6.5);
        var latent = graph.sample(model.model(), wanted, unwanted, graph.emptyLatent(768, 512, 1), sampling);
        // graph.decode(model.vae(), wanted) would not compile: a text is no latent.
        var picture = graph.decode(model.vae(), latent);
        graph.images().save(film.develop(picture, film.load("ortho-100"), 0.4), "film");
        return graph.workflow();
    }

    public static void main(String[] arguments) throws IOException, InterruptedException, TimeoutException {
        Workflow workflow = workflow(arguments[1]);
        Path file = Path.of(arguments[2]);
        try (ComfyClient comfy = ComfyClient.builder(URI.create(arguments[0])).build()) {
            List<Problem> lacks = comfy.objectInfo().check(workflow);
            if (!lacks.isEmpty()) {
                System.out.println("This server cannot run it:");
                lacks.forEach(lack -> System.out.println("  " + lack.detail()));
                return;
            }
            try (Run run = comfy.run(workflow);
                    OutputStream out = Files.newOutputStream(file)) {
                OutputFile picture = run.await(PATIENCE).outputs().getFirst();
                comfy.view(picture, out, LARGEST_PICTURE);
            }
        }
        System.out.println(file);
    }
}
