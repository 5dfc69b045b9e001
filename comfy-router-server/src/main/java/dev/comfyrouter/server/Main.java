package dev.comfyrouter.server;

import dev.comfyrouter.cache.CacheUnusable;
import dev.comfyrouter.server.config.InvalidConfig;
import dev.comfyrouter.server.config.RouterConfig;
import dev.comfyrouter.server.http.HttpDoor;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TimeZone;

/// The program: reads the settings, starts the router, and stops it in order when it is told to.
public final class Main {
    private static final Logger LOG = System.getLogger(Main.class.getName());
    private static final int REFUSED = 2;

    private Main() {}

    public static void main(String[] arguments) throws InterruptedException {
        TimeZone.setDefault(TimeZone.getTimeZone("UTC")); // before anything writes a date
        try {
            Optional<Integer> simulated = simulated(arguments);
            if (simulated.isPresent()) {
                demonstrate(simulated.get());
            } else {
                run(System.getenv(), Optional.empty());
            }
        } catch (InvalidConfig
                | IllegalArgumentException
                | IllegalStateException
                | CacheUnusable
                | IOException refused) {
            System.err.println("comfy-router: " + refused.getMessage());
            System.exit(REFUSED);
        }
    }

    /// How many simulated nodes are wished for; empty for a router of real ones.
    private static Optional<Integer> simulated(String[] arguments) {
        Optional<Integer> count = Optional.empty();
        for (String argument : arguments) {
            if (!argument.matches("--demo(=[1-9]\\d?)?")) {
                throw new IllegalArgumentException(
                        "'" + argument + "' is not known; use --demo, or --demo=N with 1 to 99, or nothing");
            }
            count = Optional.of(argument.equals("--demo") ? Demo.NODES : Integer.parseInt(argument.substring(7)));
        }
        return count;
    }

    private static void demonstrate(int count) throws IOException, InterruptedException {
        Demo demo = Demo.start(count);
        Map<String, String> environment = new HashMap<>(System.getenv());
        demo.settings().forEach(environment::putIfAbsent);
        run(environment, Optional.of(demo));
    }

    private static void run(Map<String, String> environment, Optional<Demo> demo)
            throws IOException, InterruptedException {
        RouterConfig config = RouterConfig.load(environment, Path.of("").toAbsolutePath());
        Logging.install(config.log());
        LOG.log(
                Level.INFO,
                "Comfy Router {0}, data in {1}",
                Version.number(),
                config.data().dir());
        if (config.hasDefaultPassword()) {
            LOG.log(
                    Level.WARNING,
                    "the password is the one that everybody knows; only local and private addresses are served"
                            + " until COMFY_ROUTER__PASSWORD is set");
        }
        RouterServer server =
                RouterServer.start(config, new HttpDoor.Build(Version.number(), Version.builtAt(), demo.isPresent()));
        Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(server, demo), "shutdown"));
        LOG.log(Level.INFO, "ready at {0}/admin", server.url());
        demo.ifPresent(running -> running.explain(server.url().toString(), config));
    }

    /// A JVM that a signal ends has the signal's exit code; an orderly stop is a success.
    private static void stop(RouterServer server, Optional<Demo> demo) {
        LOG.log(Level.INFO, "stops; running prompts stay on their nodes");
        try {
            server.leave();
        } catch (InterruptedException hurried) {
            // Whoever is in a hurry gets the rest of the stop at once.
        }
        server.close();
        demo.ifPresent(Demo::close);
        Runtime.getRuntime().halt(0);
    }
}
