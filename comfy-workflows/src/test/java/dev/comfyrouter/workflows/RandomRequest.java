package dev.comfyrouter.workflows;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.List;
import java.util.random.RandomGenerator;

/// Requests that are valid, and as wild as the table of parameters allows.
final class RandomRequest {
    private static final JsonNodeFactory MAKE = JsonNodeFactory.instance;

    private final RandomGenerator random;
    private final String type;
    private final ObjectNode params = MAKE.objectNode();

    private RandomRequest(RandomGenerator random, String type) {
        this.random = random;
        this.type = type;
    }

    static ObjectNode of(String type, RandomGenerator random) {
        var request = new RandomRequest(random, type);
        request.fill();
        return request.params;
    }

    private void fill() {
        params.put("prompt", text());
        models();
        numbers();
        var inputImage = random.nextBoolean();
        if (inputImage) pictures();
        controlNets(inputImage);
        extras();
        if (random.nextBoolean()) params.put("output_format", one("png", "jpeg", "webp"));
        if (random.nextBoolean()) params.put("quality", between(1, 100));
        if (random.nextBoolean()) params.put("keep_on_node", random.nextBoolean());
    }

    private void models() {
        if (!type.equals("Flux")) {
            params.set("checkpoint", model("checkpoint"));
            if (random.nextBoolean()) params.put("negative_prompt", text());
            if (random.nextBoolean()) params.put("clip_skip", between(1, 12));
            if (random.nextBoolean()) params.set("vae", model("vae"));
            if (random.nextBoolean()) params.set("cfg_scale", decimal(0, 100));
        } else {
            flux();
        }
        if (random.nextBoolean()) {
            var loras = params.putArray("loras");
            for (int count = between(0, 4); count > 0; count--) {
                var lora = loras.addObject();
                lora.set("model", model("lora"));
                if (random.nextBoolean()) lora.set("weight", decimal(-10, 10));
            }
        }
    }

    private void flux() {
        var variant = one("dev", "schnell", "fill");
        if (random.nextBoolean()) {
            params.set("checkpoint", model("checkpoint"));
        } else {
            for (var part : List.of("unet", "t5xxl", "clip", "vae")) params.set(part, model(part));
            if (random.nextBoolean())
                params.put("unet_dtype", one("default", "fp8_e4m3fn", "fp8_e4m3fn_fast", "fp8_e5m2"));
        }
        params.put("unet_type", variant);
        if (random.nextBoolean() && !variant.equals("schnell"))
            params.set(one("guidance", "cfg_scale"), decimal(0, 100));
        if (random.nextInt(3) == 0) {
            params.set("true_cfg", decimal(2, 100));
            params.put("negative_prompt", text());
        }
        if (random.nextInt(4) == 0) {
            var redux = params.putObject("redux");
            redux.set("image", picture());
            redux.set("style_model", model("style"));
            redux.set("clip_vision", model("vision"));
            if (random.nextBoolean()) redux.set("strength", decimal(0, 10));
        }
        if (random.nextInt(4) == 0) {
            var images = params.putObject("kontext").putArray("images");
            for (int count = between(1, 4); count > 0; count--) images.add(picture());
        }
    }

    private void numbers() {
        var unit = type.equals("Flux") ? 16 : 8;
        if (random.nextBoolean()) params.put("width", unit * between(2, 512 / 4 / unit * 8));
        if (random.nextBoolean()) params.put("height", unit * between(2, 512 / 4 / unit * 8));
        if (random.nextBoolean()) params.put("batch_size", between(1, 64));
        if (random.nextBoolean()) params.put("steps", between(10, 1000));
        if (random.nextBoolean()) params.put("sampler", one(CoreLists.SAMPLERS.toArray(String[]::new)));
        if (random.nextBoolean()) params.put("scheduler", one(CoreLists.SCHEDULERS.toArray(String[]::new)));
        if (random.nextBoolean()) params.set("denoise", decimal(0.3, 1));
        if (random.nextBoolean()) {
            var seed = new BigInteger(64, new java.util.Random(random.nextLong()));
            if (random.nextBoolean()) params.put("seed", seed);
            else params.put("seed", seed.toString());
        }
    }

    private void pictures() {
        params.set("input_image", picture());
        if (random.nextBoolean()) params.set("input_mask", picture());
        if (random.nextBoolean()) params.put("mask_grow", between(0, 256));
    }

    private void controlNets(boolean inputImage) {
        if (random.nextBoolean()) return;
        var nets = params.putArray("controlnets");
        for (int count = between(0, 3); count > 0; count--) {
            var net = nets.addObject();
            net.set("model", model("controlnet"));
            if (!inputImage || random.nextBoolean()) net.set("image", picture());
            if (random.nextBoolean()) net.set("weight", decimal(0, 10));
            if (random.nextBoolean()) net.set("start_at", decimal(0, 0.5));
            if (random.nextBoolean()) net.set("end_at", decimal(0.5, 1));
            if (random.nextBoolean())
                net.put(
                        "resize_mode",
                        one("stretch", "crop", "pad", "Just Resize", "Crop and Resize", "Resize and Fill"));
            if (random.nextBoolean()) net.put("union_type", one(CoreLists.UNION_TYPES.toArray(String[]::new)));
            if (random.nextBoolean())
                net.put("preprocessor", one(Preprocessor.names().toArray(String[]::new)));
            if (net.path("preprocessor").asText().equals("canny") && random.nextBoolean())
                net.putObject("preprocessor_params").set("low_threshold", decimal(0.01, 0.99));
        }
    }

    private void extras() {
        if (random.nextBoolean()) {
            var hires = params.putObject("hires");
            hires.set("scale", decimal(1, 2));
            if (random.nextBoolean()) hires.set("denoise", decimal(0.01, 1));
            if (random.nextBoolean()) hires.put("steps", between(1, 1000));
        }
        if (random.nextBoolean()) {
            var upscale = params.putObject("upscale");
            upscale.set("model", model("upscaler"));
            upscale.set("scale", decimal(1, 4));
        }
        if (type.equals("SDXL") && random.nextBoolean()) {
            var refiner = params.putObject("refiner");
            refiner.set("model", model("refiner"));
            // Between the start that the smallest denoise gives and the last step.
            refiner.set("switch_at", decimal(0.8, 0.9));
        }
    }

    private JsonNode model(String name) {
        return switch (random.nextInt(4)) {
            case 0 -> MAKE.textNode(name + ".safetensors");
            case 1 -> MAKE.objectNode().put("type", "build_in").put("name", "folder/" + name + " 2.safetensors");
            case 2 -> MAKE.textNode("https://models.example/" + name + ".safetensors?token=secret");
            default ->
                MAKE.objectNode()
                        .put("type", "custom")
                        .put("name", "https://models.example/" + name + ".safetensors")
                        .put("sha256", "ab".repeat(32));
        };
    }

    private JsonNode picture() {
        var bytes = SamplePictures.png(between(600, 1200), between(600, 1200), random.nextBoolean());
        var encoded = java.util.Base64.getEncoder().encodeToString(bytes);
        return switch (random.nextInt(4)) {
            case 0 -> MAKE.textNode("https://pictures.example/" + random.nextInt(9) + ".png");
            case 1 -> MAKE.objectNode().put("type", "url").put("content", "http://pictures.example/a%20b.webp?x=1#y");
            case 2 -> MAKE.textNode("data:image/png;base64," + encoded);
            default -> MAKE.objectNode().put("type", "base64").put("content", encoded);
        };
    }

    private JsonNode decimal(double min, double max) {
        return MAKE.numberNode(BigDecimal.valueOf(random.nextDouble(min, max)));
    }

    private int between(int min, int max) {
        return random.nextInt(min, max + 1);
    }

    private String one(String... words) {
        return words[random.nextInt(words.length)];
    }

    private String text() {
        return one("", "a cat", "Ein Bär \"im\" Schnee\n(zweite Zeile:1.2)", "猫 🐈 {a|b}", "x".repeat(10_000));
    }
}
