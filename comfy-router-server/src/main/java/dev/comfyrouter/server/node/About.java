package dev.comfyrouter.server.node;

import dev.comfyrouter.client.SystemStats;
import dev.comfyrouter.client.Version;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// What a node told of itself when it was last connected.
///
/// @param capabilities its node classes and models; empty until it was idle long enough to ask
public record About(
        Version version, String pytorch, List<SystemStats.Device> devices, Optional<Capabilities> capabilities) {
    private static final Pattern MAJOR_MINOR = Pattern.compile("(\\d{1,4})\\.(\\d{1,4})");

    /// The video memory of its largest device in GiB.
    public double vramGiB() {
        return devices.stream().mapToLong(SystemStats.Device::vramTotal).max().orElse(0) / (double) (1L << 30);
    }

    /// Whether it loads pickle files without running what is in them: ComfyUI does from PyTorch 2.4 on.
    public boolean loadsPicklesSafely() {
        Matcher found = MAJOR_MINOR.matcher(pytorch);
        if (!found.lookingAt()) {
            return false;
        }
        int major = Integer.parseInt(found.group(1));
        return major > 2 || (major == 2 && Integer.parseInt(found.group(2)) >= 4);
    }

    About with(Capabilities known) {
        return new About(version, pytorch, devices, Optional.of(known));
    }
}
