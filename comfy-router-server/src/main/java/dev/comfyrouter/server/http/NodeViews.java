package dev.comfyrouter.server.http;

import dev.comfyrouter.client.SystemStats;
import dev.comfyrouter.server.node.About;
import dev.comfyrouter.server.node.Capabilities;
import dev.comfyrouter.server.node.Health;
import dev.comfyrouter.server.node.Hold;
import dev.comfyrouter.server.node.NodeState;
import dev.comfyrouter.server.task.NodeId;
import java.net.URI;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/// What operators see of nodes.
final class NodeViews {
    private final HourLog hour;
    private final MinuteStrip minutes;
    private final Versions versions;
    private final Predicate<URI> simulated;
    private final InstantSource clock;

    NodeViews(HourLog hour, MinuteStrip minutes, Versions versions, Predicate<URI> simulated, InstantSource clock) {
        this.hour = hour;
        this.minutes = minutes;
        this.versions = versions;
        this.simulated = simulated;
        this.clock = clock;
    }

    record Device(String name, long vramTotal, long vramFree) {
        static Device of(SystemStats.Device device) {
            return new Device(device.name(), device.vramTotal(), device.vramFree());
        }
    }

    record HoldView(String kind, Instant until, String reason) {}

    record View(
            String id,
            long v,
            String url,
            String name,
            List<String> labels,
            String status,
            Optional<String> busyWith,
            String admission,
            boolean removing,
            Optional<HoldView> hold,
            String files,
            Instant since,
            Optional<String> version,
            List<Device> devices,
            int running,
            int foreignPending,
            Optional<String> lastError,
            int failures,
            Optional<Instant> lastCheckAt,
            int doneLastHour,
            List<Optional<String>> minutes,
            boolean simulated,
            Optional<String> sameAs) {}

    /// What the nodes can do, as far as that is known.
    static List<Capabilities> capabilities(List<NodeState> nodes) {
        return nodes.stream()
                .flatMap(node -> node.about().flatMap(About::capabilities).stream())
                .toList();
    }

    View view(NodeState state) {
        boolean ours = state.occupant().isPresent() || !state.abandoned().isEmpty();
        return new View(
                state.id().toString(),
                versions.of("n:" + state.id()),
                state.spec().url().toString(),
                state.spec().name(),
                state.spec().labels(),
                state.health().word(),
                state.health() != Health.BUSY ? Optional.empty() : Optional.of(ours ? "own" : "foreign"),
                state.accepting() ? "accepting" : "draining",
                state.leaving() != NodeState.Leaving.NO,
                state.hold().filter(hold -> state.held(clock.instant())).map(NodeViews::hold),
                state.sight().word(),
                state.since(),
                state.about().map(about -> about.version().toString()),
                state.about().map(About::devices).orElse(List.of()).stream()
                        .map(Device::of)
                        .toList(),
                state.occupant().isPresent() ? 1 : 0,
                state.foreign(),
                Optional.of(state.checks().error()).filter(text -> !text.isEmpty()),
                state.checks().failed(),
                state.checks().at(),
                hour.doneBy(state.spec().url().toString()),
                minutes.of(state.id()),
                simulated.test(state.spec().url()),
                state.twin().map(NodeId::toString));
    }

    private static HoldView hold(Hold hold) {
        return new HoldView(hold.kind().word(), hold.until(), hold.reason());
    }
}
