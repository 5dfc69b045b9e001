package dev.comfyrouter.workflows;

import dev.comfyrouter.workflows.Graph.Steering;
import dev.comfyrouter.workflows.Graph.StepRange;
import dev.comfyrouter.workflows.ImageNodes.Crop;
import dev.comfyrouter.workflows.Slot.Image;
import dev.comfyrouter.workflows.Slot.Latent;
import dev.comfyrouter.workflows.Slot.Mask;
import dev.comfyrouter.workflows.Slot.Vae;
import java.util.Optional;

/// Builds the graph of one recipe, from the models to the result.
final class Pipeline {
    private final Values values;
    private final FilesOfRecipe files;
    private final Graph graph = new Graph();
    private final Pictures pictures;

    /// The canvas of inpainting: the untouched picture, and where it may change.
    private record Canvas(Wire<Image> original, Wire<Mask> mask) {}

    private record Start(Steering steering, Wire<Latent> latent, Optional<Canvas> canvas) {}

    private record Sampled(Wire<Latent> latent, Wire<Vae> vae) {}

    Pipeline(Values values, Recipe.Files files) {
        this.values = values;
        this.files = new FilesOfRecipe(files);
        this.pictures = new Pictures(graph, this.files);
    }

    Workflow workflow() {
        var sizes = sizes();
        var front = Front.of(values, graph, files, pictures);
        var steering = controlled(front, sizes.sampled());
        var start = start(steering, front.vae(), sizes.sampled());
        var first = sampled(front, start, sizes.sampled());
        var last = values.given(Table.HIRES)
                .map(hires -> new Sampled(enlarged(front, start.steering(), first.latent(), hires), first.vae()))
                .orElse(first);
        var decoded = graph.decode(last.vae(), last.latent());
        var restored =
                start.canvas().map(canvas -> restored(canvas, decoded, sizes)).orElse(decoded);
        result(upscaled(restored, sizes.finished()));
        return graph.workflow();
    }

    private Sizes sizes() {
        var reference =
                values.find(Table.KONTEXT).map(kontext -> kontext.images().getFirst());
        var result = Sizes.of(
                values,
                files.size("/input_image", values.given(Table.INPUT_IMAGE)),
                files.size("/kontext/images/0", reference));
        return result.sizes().orElseThrow(() -> new InvalidWorkflow(result.problems()));
    }

    private Steering controlled(Front front, Size size) {
        var steering = front.steering();
        var nets = values.get(Table.CONTROLNETS);
        for (int index = 0; index < nets.size(); index++) {
            var net = nets.get(index);
            var at = "/controlnets/" + index;
            var image = resized(net, at, size);
            var prepared = net.preprocessing()
                    .map(how -> graph.images().prepare(image, how))
                    .orElse(image);
            var loaded =
                    graph.steering().loadControlNet(files.model(at + "/model", ModelFolder.CONTROLNET, net.model()));
            var model = net.unionType()
                    .map(type -> graph.steering().unionType(loaded, type))
                    .orElse(loaded);
            steering = graph.steering()
                    .applyControlNet(
                            steering,
                            model,
                            prepared,
                            front.vae(),
                            net.weight().doubleValue(),
                            net.startAt().doubleValue(),
                            net.endAt().doubleValue());
        }
        return steering;
    }

    private Wire<Image> resized(ControlNet net, String at, Size size) {
        var image = net.image()
                .map(own -> pictures.load(at + "/image", own))
                .orElseGet(() -> pictures.load("/input_image", values.get(Table.INPUT_IMAGE)));
        return switch (net.resize()) {
            case STRETCH -> graph.images().scale(image, size.width(), size.height(), Crop.DISABLED);
            case CROP -> graph.images().scale(image, size.width(), size.height(), Crop.CENTER);
            case PAD -> graph.images().pad(image, size.width(), size.height());
        };
    }

    private Start start(Steering steering, Wire<Vae> vae, Size size) {
        var batch = values.get(Table.BATCH_SIZE);
        var input = values.given(Table.INPUT_IMAGE);
        if (input.isEmpty()) {
            var empty = values.type() == RecipeType.FLUX
                    ? graph.emptyWideLatent(size.width(), size.height(), batch)
                    : graph.emptyLatent(size.width(), size.height(), batch);
            return new Start(steering, empty, Optional.empty());
        }
        var pixels = pictures.fitted("/input_image", input.get(), size);
        return pictures.mask(values, size)
                .map(mask -> {
                    var inpaint = graph.steering().inpaint(steering, vae, pixels, mask);
                    return new Start(
                            new Steering(inpaint.positive(), inpaint.negative()),
                            repeated(inpaint.latent(), batch),
                            Optional.of(new Canvas(pixels, mask)));
                })
                .orElseGet(() -> new Start(steering, repeated(graph.encode(vae, pixels), batch), Optional.empty()));
    }

    private Wire<Latent> repeated(Wire<Latent> latent, int batch) {
        return batch == 1 ? latent : graph.repeat(latent, batch);
    }

    private Sampled sampled(Front front, Start start, Size size) {
        return values.find(Table.REFINER)
                .map(refiner -> refined(front, start, size, refiner))
                .orElseGet(() -> new Sampled(
                        graph.sample(front.model(), start.steering(), start.latent(), sampling(front), "Sample"),
                        front.vae()));
    }

    private Sampled refined(Front front, Start start, Size size, Refiner refiner) {
        var at = Rules.switchStep(values, refiner);
        var sampling = sampling(front);
        var base = graph.samplePart(
                front.model(),
                start.steering(),
                start.latent(),
                sampling,
                StepRange.firstPart(Rules.startStep(values), at));
        var second = graph.loadCheckpoint(
                files.model("/refiner/model", ModelFolder.CHECKPOINTS, refiner.model()), "Refiner");
        var positive =
                graph.encodeRefinerText(second.clip(), values.get(Table.PROMPT), 6.0, size.width(), size.height());
        var negative = graph.encodeRefinerText(
                second.clip(), values.get(Table.NEGATIVE_PROMPT), 2.5, size.width(), size.height());
        var latent =
                graph.samplePart(second.model(), new Steering(positive, negative), base, sampling, StepRange.rest(at));
        return new Sampled(latent, values.has(Table.VAE) ? front.vae() : second.vae());
    }

    private Sampling sampling(Front front) {
        return new Sampling(
                values.get(Table.SEED).number(),
                steps(),
                front.cfg(),
                values.get(Table.SAMPLER),
                values.get(Table.SCHEDULER),
                Rules.denoise(values));
    }

    private int steps() {
        return values.find(Table.STEPS).orElseGet(() -> Rules.isSchnell(values) ? 4 : 20);
    }

    private Wire<Latent> enlarged(Front front, Steering steering, Wire<Latent> latent, Hires hires) {
        var sampling =
                sampling(front).denoise(hires.denoise()).steps(hires.steps().orElse(steps()));
        var larger = graph.enlarge(latent, hires.scale().doubleValue());
        return graph.sample(front.model(), steering, larger, sampling, "Sample enlarged");
    }

    /// Puts the untouched part back exactly: what went through the VAE has lost a little everywhere.
    private Wire<Image> restored(Canvas canvas, Wire<Image> decoded, Sizes sizes) {
        var size = sizes.decoded();
        var isEnlarged = !size.equals(sizes.sampled());
        var original = isEnlarged
                ? graph.images().scale(canvas.original(), size.width(), size.height(), Crop.DISABLED)
                : canvas.original();
        var mask = isEnlarged ? pictures.scaled(canvas.mask(), size, Crop.DISABLED) : canvas.mask();
        var batch = values.get(Table.BATCH_SIZE);
        var below = batch == 1 ? original : graph.images().repeat(original, batch);
        return graph.images().composite(below, decoded, mask);
    }

    private Wire<Image> upscaled(Wire<Image> image, Size finished) {
        return values.given(Table.UPSCALE)
                .map(upscale -> {
                    var model = graph.images()
                            .loadUpscaler(files.model("/upscale/model", ModelFolder.UPSCALE_MODELS, upscale.model()));
                    var larger = graph.images().upscale(model, image);
                    return graph.images().scale(larger, finished.width(), finished.height(), Crop.DISABLED);
                })
                .orElse(image);
    }

    private void result(Wire<Image> image) {
        // A router puts the prompt id into the prefix.
        if (values.get(Table.KEEP_ON_NODE)) graph.images().save(image, "comfy-router/picture");
        else graph.images().preview(image);
    }
}
