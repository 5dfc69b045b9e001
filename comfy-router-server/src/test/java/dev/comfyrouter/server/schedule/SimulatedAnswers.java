package dev.comfyrouter.server.schedule;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.comfyrouter.server.schedule.SimulatedHttp.Answer;
import java.io.IOException;
import java.util.Optional;

/// What a simulated server says, in the words of ComfyUI.
final class SimulatedAnswers {
    private static final ObjectMapper JSON = new ObjectMapper();

    /// Its node classes.
    static final String CATALOG = """
            {"CheckpointLoaderSimple":{"input":{"required":{"ckpt_name":[["a.safetensors","b.safetensors"],{}]}},
              "output":["MODEL","CLIP","VAE"],"output_name":["MODEL","CLIP","VAE"],"name":"CheckpointLoaderSimple"},
             "EmptyImage":{"input":{"required":{"width":["INT",{"default":64}],"height":["INT",{"default":64}],
              "batch_size":["INT",{"default":1}],"color":["INT",{"default":0}]}},"output":["IMAGE"],
              "output_name":["IMAGE"],"name":"EmptyImage"},
             "SaveImage":{"input":{"required":{"images":["IMAGE",{}],"filename_prefix":["STRING",{}]}},"output":[],
              "output_name":[],"name":"SaveImage","output_node":true}}
            """;

    static final String REFUSED = """
            {"error":{"type":"prompt_outputs_failed_validation","message":"Prompt outputs failed validation",
            "details":"","extra_info":{}},"node_errors":{}}""";

    private SimulatedAnswers() {}

    /// The index of the task that a submission is of.
    static int task(byte[] submission) {
        try {
            return Promises.index(JSON.readTree(submission)
                    .at("/prompt/3/inputs/filename_prefix")
                    .asText());
        } catch (IOException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    static Answer ok(String body) {
        return new Answer(200, body);
    }

    static String stats(String version) {
        return """
                {"system":{"comfyui_version":"%s","os":"posix","pytorch_version":"2.8"},
                "devices":[{"name":"g","type":"cuda","index":0,"vram_total":25769803776}]}""".formatted(version);
    }

    /// What `/history` says of a prompt that ended.
    static String entry(SimulatedPrompt prompt, String how) {
        ObjectNode entry = JSON.createObjectNode();
        ObjectNode outputs = entry.putObject("outputs");
        ArrayNode messages = entry.putObject("status").put("status_str", how).putArray("messages");
        ArrayNode last = messages.addArray();
        switch (how) {
            case "success" -> {
                last.add("execution_success").addObject();
                outputs.putObject("3")
                        .putArray("images")
                        .addObject()
                        .put("filename", prompt.id + ".png")
                        .put("subfolder", "")
                        .put("type", "output");
            }
            case "interrupted" -> last.add("execution_interrupted").addObject();
            default ->
                last.add("execution_error")
                        .addObject()
                        .put("node_id", "2")
                        .put("node_type", "EmptyImage")
                        .put(
                                "exception_type",
                                prompt.fate == SimulatedPrompt.Fate.OUT_OF_MEMORY
                                        ? "torch.OutOfMemoryError"
                                        : "ValueError")
                        .put("exception_message", "no");
        }
        return JSON.createObjectNode().set(prompt.id.value(), entry).toString();
    }

    /// What `/queue` says.
    static String queue(Optional<SimulatedPrompt> running, Iterable<SimulatedPrompt> pending) {
        ObjectNode queue = JSON.createObjectNode();
        ArrayNode runs = queue.putArray("queue_running");
        running.ifPresent(prompt -> line(runs, prompt));
        ArrayNode waits = queue.putArray("queue_pending");
        pending.forEach(prompt -> line(waits, prompt));
        return queue.toString();
    }

    private static void line(ArrayNode list, SimulatedPrompt prompt) {
        ArrayNode line = list.addArray().add(1).add(prompt.id.value());
        line.addObject();
        line.addObject().put("client_id", prompt.clientId);
        line.addArray();
    }
}
