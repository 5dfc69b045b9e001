package dev.comfyrouter.server.node;

import dev.comfyrouter.client.ComfyClient;
import dev.comfyrouter.client.ComfyClientBuilder;
import dev.comfyrouter.client.ComfyException;
import dev.comfyrouter.client.SystemStats;
import java.net.ConnectException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/// A look at a server that might become a node.
///
/// @param about what it told of itself; empty when it is no server that the router can use
/// @param sight whether it sees the models folder
/// @param latency of its first answer
/// @param problem why it cannot be used, in words for an operator
public record NodeProbe(Optional<About> about, Sight sight, Duration latency, Optional<String> problem) {
    private static final Duration PATIENCE = Duration.ofSeconds(5);

    /// Asks a server who it is and what it can do.
    static NodeProbe look(NodeUrl url, Map<String, String> headers, Beacon beacon) throws InterruptedException {
        ComfyClientBuilder builder = ComfyClient.builder(url.uri()).connectTimeout(PATIENCE);
        url.authorization().ifPresent(value -> builder.header("Authorization", value));
        headers.forEach(builder::header);
        try (ComfyClient client = builder.build()) {
            long start = System.nanoTime();
            int unused = client.queueRemaining(PATIENCE);
            Duration latency = Duration.ofNanos(System.nanoTime() - start);
            SystemStats stats = client.systemStats();
            var about = new About(
                    stats.requireSupported(),
                    stats.pytorchVersion(),
                    stats.devices(),
                    Optional.of(Capabilities.of(client.objectInfo())));
            return new NodeProbe(Optional.of(about), sight(client, beacon), latency, Optional.empty());
        } catch (ComfyException failed) {
            return new NodeProbe(Optional.empty(), Sight.UNKNOWN, Duration.ZERO, Optional.of(words(failed)));
        }
    }

    /// One look; a folder on a network may show the file too late for it.
    private static Sight sight(ComfyClient client, Beacon beacon) throws InterruptedException {
        Optional<Beacon.Light> shown = beacon.light();
        if (shown.isEmpty()) {
            return Sight.UNKNOWN;
        }
        try (Beacon.Light light = shown.get()) {
            return Lookout.sees(client, light) ? Sight.SHARED : Sight.OWN;
        }
    }

    /// Without the address, which the operator has just written.
    private static String words(ComfyException failed) {
        String message = failed.getMessage().replaceFirst("^https?://\\S+: ", "");
        boolean refused = failed.getCause() instanceof ConnectException && message.endsWith("refused");
        return refused ? "refused the connection. Is ComfyUI started with --listen?" : message;
    }
}
