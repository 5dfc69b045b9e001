package dev.comfyrouter.server.schedule;

import dev.comfyrouter.client.ComfyEvent;
import dev.comfyrouter.server.node.Node;
import dev.comfyrouter.server.node.SimulatedNodes;
import java.time.Duration;
import java.util.Optional;
import java.util.Random;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/// The event stream of a simulated server: events of the prompts of one client id, as long as it is open.
final class SimulatedStream {
    private final SimulatedTime time;
    private final Random random;
    private final BooleanSupplier up;
    private @Nullable Node node;
    private boolean open;
    private String clientId = "";

    /// It is open and says nothing.
    boolean deaf;

    /// @param up whether the server can be reached now
    SimulatedStream(SimulatedTime time, Random random, BooleanSupplier up) {
        this.time = time;
        this.random = random;
        this.up = up;
    }

    void starts(SimulatedPrompt prompt) {
        tell(prompt, new ComfyEvent.ExecutionStart(prompt.id, Optional.empty()));
        executes(prompt, "1");
    }

    void executes(SimulatedPrompt prompt, String graphNode) {
        tell(prompt, new ComfyEvent.Executing(Optional.of(prompt.id), Optional.of(graphNode), Optional.of(graphNode)));
    }

    void succeeds(SimulatedPrompt prompt) {
        tell(prompt, new ComfyEvent.Succeeded(prompt.id, Optional.empty()));
    }

    void ends(SimulatedPrompt prompt) {
        tell(prompt, new ComfyEvent.Executing(Optional.of(prompt.id), Optional.empty(), Optional.empty()));
    }

    private void tell(SimulatedPrompt prompt, ComfyEvent event) {
        Node listener = node;
        if (open && !deaf && listener != null && prompt.clientId.equals(clientId)) {
            time.after(Duration.ofNanos(500_000L + random.nextInt(20_000_000)), () -> {
                if (open && listener == node) {
                    SimulatedNodes.deliver(listener, event);
                }
            });
        }
    }

    /// It is lost and comes again.
    void cut(Duration length) {
        Node listener = node;
        if (open && listener != null) {
            open = false;
            SimulatedNodes.stream(listener, false);
            reconnect(listener, length);
        }
    }

    /// A router begins to use this server.
    void connect(Node by) {
        node = by;
        open = false;
        reconnect(by, Duration.ofMillis(random.nextInt(3000)));
    }

    private void reconnect(Node by, Duration delay) {
        time.after(delay, () -> {
            if (node != by || open) {
                return;
            }
            if (!up.getAsBoolean()) {
                reconnect(by, Duration.ofSeconds(2));
                return;
            }
            open = true;
            clientId = by.session().clientId();
            SimulatedNodes.stream(by, true);
        });
    }
}
