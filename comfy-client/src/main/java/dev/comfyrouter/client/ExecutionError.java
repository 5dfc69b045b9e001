package dev.comfyrouter.client;

import java.util.List;
import java.util.Locale;
import java.util.Map;

/// Why a node of a graph failed while it ran.
///
/// @param nodeId the visible node of the graph
/// @param nodeType its class
/// @param exceptionType the Python exception, such as `ValueError` or `torch.OutOfMemoryError`
/// @param message the exception's text, without trailing line breaks
/// @param traceback Python's traceback, outermost call first
/// @param executed nodes that had finished in this run
/// @param inputs what the node was given: input name to JSON text; tensors are shortened by ComfyUI
public record ExecutionError(
        String nodeId,
        String nodeType,
        String exceptionType,
        String message,
        List<String> traceback,
        List<String> executed,
        Map<String, String> inputs) {
    public ExecutionError {
        traceback = List.copyOf(traceback);
        executed = List.copyOf(executed);
        inputs = Map.copyOf(inputs);
    }

    /// Whether the GPU's memory was too small: the same graph can succeed after `free(…)` or on a larger GPU.
    /// (The exception's name depends on PyTorch; ComfyUI since 0.17 also reports a plain error of the driver.)
    public boolean outOfMemory() {
        if (exceptionType.endsWith("OutOfMemoryError")
                || message.contains("This error means you ran out of memory on your GPU")) {
            return true;
        }
        boolean driver = exceptionType.endsWith("AcceleratorError") || exceptionType.endsWith("RuntimeError");
        return driver && message.toLowerCase(Locale.ROOT).contains("out of memory");
    }

    /// Whether a node only blocked what follows it; the prompt goes on and may succeed.
    boolean blockedOnly() {
        return exceptionType.equals("ExecutionBlocked");
    }
}
