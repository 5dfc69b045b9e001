package dev.comfyrouter.testkit;

import com.fasterxml.jackson.databind.node.ObjectNode;

/// Graphs that tests submit.
final class Graphs {

    private Graphs() {}

    static ObjectNode textToImage(String text, long seed, int steps) {
        return Json.objectOf("""
                {"4": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "v1-5.safetensors"}},
                 "5": {"class_type": "EmptyLatentImage", "inputs": {"width": 64, "height": 64, "batch_size": 1}},
                 "6": {"class_type": "CLIPTextEncode", "inputs": {"text": %s, "clip": ["4", 1]}},
                 "7": {"class_type": "CLIPTextEncode", "inputs": {"text": "bad", "clip": ["4", 1]}},
                 "3": {"class_type": "KSampler", "inputs": {"seed": %d, "steps": %d, "cfg": 7.0, "sampler_name": "euler",
                       "scheduler": "normal", "denoise": 1.0, "model": ["4", 0], "positive": ["6", 0], "negative": ["7", 0],
                       "latent_image": ["5", 0]}},
                 "8": {"class_type": "VAEDecode", "inputs": {"samples": ["3", 0], "vae": ["4", 2]}},
                 "9": {"class_type": "SaveImage", "inputs": {"images": ["8", 0], "filename_prefix": "test"}}}""".formatted(Json.quoted(text), seed, steps));
    }

    /// An empty picture that is saved at once.
    static ObjectNode emptyImage(int width, int height, int colour) {
        return Json.objectOf("""
                {"1": {"class_type": "EmptyImage", "inputs": {"width": %d, "height": %d, "batch_size": 1, "color": %d}},
                 "9": {"class_type": "PreviewImage", "inputs": {"images": ["1", 0]}}}""".formatted(width, height, colour));
    }
}
