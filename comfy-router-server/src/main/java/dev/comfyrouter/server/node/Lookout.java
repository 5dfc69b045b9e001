package dev.comfyrouter.server.node;

import dev.comfyrouter.client.ComfyClient;
import dev.comfyrouter.client.ComfyException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;

/// Finds out whether a node shares the router's models folder: a file is shown there, and the node must list it with
/// its exact size. Used by the watch of the node alone.
final class Lookout implements AutoCloseable {
    private static final Logger LOG = System.getLogger(Lookout.class.getName());

    /// A network folder may show a new file some seconds late: so often it must be absent.
    private static final int LOOKS = 3;

    /// A node that has a folder of its own is asked again after this time: it may have been given the shared one.
    private static final Duration AGAIN = Duration.ofMinutes(1);

    private final Beacon beacon;
    private final InstantSource clock;
    private Optional<Beacon.Light> light = Optional.empty();
    private int looks;
    private Instant settledAt = Instant.EPOCH;

    Lookout(Beacon beacon, InstantSource clock) {
        this.beacon = beacon;
        this.clock = clock;
    }

    /// The node was away, or somebody wants to know: what was found out may not hold any more.
    void begin() {
        close();
        looks = LOOKS;
    }

    /// One look, if one is due; what is known after it. A node that does not answer has not listed the file.
    Sight look(ComfyClient client, Sight known) throws InterruptedException {
        if (looks == 0 && known == Sight.OWN && !clock.instant().isBefore(settledAt.plus(AGAIN))) {
            looks = 1;
        }
        if (looks == 0) {
            return known;
        }
        light = light.or(beacon::light);
        if (light.isEmpty()) {
            looks = 0;
            return Sight.UNKNOWN;
        }
        boolean seen = sees(client, light.get());
        looks = seen ? 0 : looks - 1;
        if (looks > 0) {
            return known == Sight.SHARED ? Sight.UNKNOWN : known;
        }
        close();
        settledAt = clock.instant();
        return seen ? Sight.SHARED : Sight.OWN;
    }

    static boolean sees(ComfyClient client, Beacon.Light light) throws InterruptedException {
        try {
            return client.modelFiles(light.folder()).stream()
                    .anyMatch(file -> file.name().equals(light.name()) && file.size() == light.size());
        } catch (ComfyException untold) {
            LOG.log(Level.DEBUG, "{0} does not list its models: {1}", client.baseUrl(), untold.getMessage());
            return false;
        }
    }

    /// Takes the file away.
    @Override
    public void close() {
        light.ifPresent(Beacon.Light::close);
        light = Optional.empty();
    }
}
