package dev.comfyrouter.server.node;

import dev.comfyrouter.client.SystemStats;
import dev.comfyrouter.client.Version;
import java.util.List;
import java.util.Optional;

/// What a node told of itself when it was last connected.
///
/// @param capabilities its node classes and models; empty until it was idle long enough to ask
public record About(
        Version version, String pytorch, List<SystemStats.Device> devices, Optional<Capabilities> capabilities) {
    /// The video memory of its largest device in GiB.
    public double vramGiB() {
        return devices.stream().mapToLong(SystemStats.Device::vramTotal).max().orElse(0) / (double) (1L << 30);
    }

    About with(Capabilities known) {
        return new About(version, pytorch, devices, Optional.of(known));
    }
}
