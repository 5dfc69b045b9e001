package dev.comfyrouter.testkit;

/// Lets a test decide when nodes go on and which of them fail, by prompt and node.
interface Script {

    Script NONE = new Script() {};

    /// Before a node runs; a [NodeFailure] thrown here is its failure.
    default void beforeNode(NodeCall call) throws InterruptedException {}

    /// The clock behind the throttling of `progress`.
    default long nanoTime() {
        return System.nanoTime();
    }

    /// Before a sampler reports a step.
    default void beforeTick(NodeCall call, int step) throws InterruptedException {}
}
