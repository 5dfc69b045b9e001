package dev.comfyrouter.workflows;

import dev.comfyrouter.workflows.Graph.Steering;
import dev.comfyrouter.workflows.Slot.Clip;
import dev.comfyrouter.workflows.Slot.Conditioning;
import dev.comfyrouter.workflows.Slot.Model;
import dev.comfyrouter.workflows.Slot.Vae;
import java.math.BigDecimal;
import java.util.List;

/// The first part of a recipe's graph: models are loaded and patched, texts are encoded.
///
/// @param steering where the sampler is steered to, and away from
/// @param cfg how strongly
record Front(Wire<Model> model, Wire<Vae> vae, Steering steering, BigDecimal cfg) {

    static Front of(Values values, Graph graph, FilesOfRecipe files, Pictures pictures) {
        return values.type() == RecipeType.FLUX
                ? flux(values, graph, files, pictures)
                : stableDiffusion(values, graph, files);
    }

    private static Front stableDiffusion(Values values, Graph graph, FilesOfRecipe files) {
        var base =
                graph.loadCheckpoint(files.model("/checkpoint", ModelFolder.CHECKPOINTS, values.get(Table.CHECKPOINT)));
        var vae = values.given(Table.VAE)
                .map(ref -> graph.loadVae(files.model("/vae", ModelFolder.VAE, ref)))
                .orElse(base.vae());
        var patched = loras(values, graph, files, base.model(), base.clip());
        // SD1.5 uses the last layer anyway; an SDXL checkpoint the last but one unless it is told otherwise.
        var clip = values.given(Table.CLIP_SKIP)
                .filter(skip -> skip > 1 || values.type() == RecipeType.SDXL)
                .map(skip -> graph.skipLayers(patched.clip(), skip))
                .orElse(patched.clip());
        var positive = graph.encodeText(clip, values.get(Table.PROMPT), "Prompt");
        var negative = graph.encodeText(clip, values.get(Table.NEGATIVE_PROMPT), "Negative prompt");
        return new Front(patched.model(), vae, new Steering(positive, negative), values.get(Table.CFG_SCALE));
    }

    private static Front flux(Values values, Graph graph, FilesOfRecipe files, Pictures pictures) {
        var base = values.has(Table.CHECKPOINT) ? single(values, graph, files) : split(values, graph, files);
        var patched = loras(values, graph, files, base.model(), base.clip());
        var text = graph.encodeText(patched.clip(), values.get(Table.PROMPT), "Prompt");
        var negative = negative(values, graph, patched.clip(), text);
        var positive = guided(
                values,
                graph,
                referring(values, graph, pictures, base.vae(), styled(values, graph, files, pictures, text)));
        return new Front(patched.model(), base.vae(), new Steering(positive, negative), values.get(Table.TRUE_CFG));
    }

    private static Graph.Checkpoint single(Values values, Graph graph, FilesOfRecipe files) {
        var base =
                graph.loadCheckpoint(files.model("/checkpoint", ModelFolder.CHECKPOINTS, values.get(Table.CHECKPOINT)));
        return values.given(Table.VAE)
                .map(ref -> graph.loadVae(files.model("/vae", ModelFolder.VAE, ref)))
                .map(vae -> new Graph.Checkpoint(base.model(), base.clip(), vae))
                .orElse(base);
    }

    private static Graph.Checkpoint split(Values values, Graph graph, FilesOfRecipe files) {
        var model = graph.loadDiffusionModel(
                files.model("/unet", ModelFolder.DIFFUSION_MODELS, values.get(Table.UNET)),
                values.get(Table.UNET_DTYPE));
        var clip = graph.loadTextEncoders(
                files.model("/t5xxl", ModelFolder.TEXT_ENCODERS, values.get(Table.T5XXL)),
                files.model("/clip", ModelFolder.TEXT_ENCODERS, values.get(Table.CLIP)),
                "flux");
        var vae = graph.loadVae(files.model("/vae", ModelFolder.VAE, values.get(Table.VAE)));
        return new Graph.Checkpoint(model, clip, vae);
    }

    private static Graph.Patched loras(
            Values values, Graph graph, FilesOfRecipe files, Wire<Model> model, Wire<Clip> clip) {
        var patched = new Graph.Patched(model, clip);
        var loras = values.get(Table.LORAS);
        for (int index = 0; index < loras.size(); index++) {
            var lora = loras.get(index);
            var name = files.model("/loras/" + index + "/model", ModelFolder.LORAS, lora.model());
            patched = graph.applyLora(patched.model(), patched.clip(), name, lora.weight());
        }
        return patched;
    }

    private static Wire<Conditioning> negative(
            Values values, Graph graph, Wire<Clip> clip, Wire<Conditioning> positive) {
        return values.get(Table.TRUE_CFG).compareTo(BigDecimal.ONE) > 0
                ? graph.encodeText(clip, values.get(Table.NEGATIVE_PROMPT), "Negative prompt")
                : graph.steering().zeroOut(positive);
    }

    private static Wire<Conditioning> styled(
            Values values, Graph graph, FilesOfRecipe files, Pictures pictures, Wire<Conditioning> text) {
        return values.given(Table.REDUX)
                .map(redux -> {
                    var eye = graph.steering()
                            .loadClipVision(
                                    files.model("/redux/clip_vision", ModelFolder.CLIP_VISION, redux.clipVision()));
                    var style = graph.steering()
                            .loadStyleModel(
                                    files.model("/redux/style_model", ModelFolder.STYLE_MODELS, redux.styleModel()));
                    var seen = graph.steering().look(eye, pictures.load("/redux/image", redux.image()));
                    return graph.steering()
                            .applyStyle(text, style, seen, redux.strength().doubleValue());
                })
                .orElse(text);
    }

    private static Wire<Conditioning> referring(
            Values values, Graph graph, Pictures pictures, Wire<Vae> vae, Wire<Conditioning> text) {
        var conditioning = text;
        var images = values.given(Table.KONTEXT).map(Kontext::images).orElse(List.of());
        for (int index = 0; index < images.size(); index++) {
            var image = pictures.load("/kontext/images/" + index, images.get(index));
            conditioning = graph.steering()
                    .refer(conditioning, graph.encode(vae, graph.images().scaleForKontext(image)));
        }
        return conditioning;
    }

    private static Wire<Conditioning> guided(Values values, Graph graph, Wire<Conditioning> text) {
        var variant = Rules.variant(values);
        if (variant.equals("schnell")) return text;
        var usual = variant.equals("fill") ? "30.0" : values.has(Table.KONTEXT) ? "2.5" : "3.5";
        return graph.steering().guideFlux(text, values.given(Table.GUIDANCE).orElse(new BigDecimal(usual)));
    }
}
