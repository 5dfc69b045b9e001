package dev.comfyrouter.testkit;

import java.util.List;

/// What a node class does when it runs on a [FakeComfyServer].
///
/// Classes without a behaviour hand on what they get: each output is the linked input of the same type.
@FunctionalInterface
public interface NodeBehaviour {

    /// Runs on the server's only worker thread.
    ///
    /// @return one value for each output slot. Values mean something only to the behaviours that hand them to
    ///     each other; the values of the built-in classes can be passed on unchanged.
    /// @throws NodeFailure when the node fails as a real one does, which ends the prompt with `execution_error`
    /// @throws InterruptedException when the server closes
    List<Object> run(NodeCall call) throws InterruptedException;
}
