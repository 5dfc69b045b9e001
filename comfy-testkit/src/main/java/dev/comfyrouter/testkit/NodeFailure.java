package dev.comfyrouter.testkit;

/// The failure of a node, as Python's exception would be reported by `execution_error`.
public final class NodeFailure extends RuntimeException {

    private static final long serialVersionUID = 1;
    private final String exceptionType;

    /// @param exceptionType the Python class, such as `ValueError` or `torch.OutOfMemoryError`
    public NodeFailure(String exceptionType, String message) {
        super(message);
        this.exceptionType = exceptionType;
    }

    public String exceptionType() {
        return exceptionType;
    }

    /// The message, never null.
    public String text() {
        return String.valueOf(getMessage());
    }

    static NodeFailure outOfMemory() {
        return new NodeFailure("torch.OutOfMemoryError", """
                Allocation on device 0 would exceed allowed memory. (out of memory)
                Currently allocated     : 7.42 GiB
                Requested               : 2.25 GiB
                Device limit            : 8.00 GiB
                Free (according to CUDA): 12.06 MiB
                PyTorch limit (set by user-supplied memory fraction)
                                        : 17179869184.00 GiB
                This error means you ran out of memory on your GPU.

                TIPS: If the workflow worked before you might have accidentally set the batch_size to a large number.""");
    }
}
