package dev.comfyrouter.server;

import dev.comfyrouter.server.config.RouterConfig;
import dev.comfyrouter.testkit.FakeComfyServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// Simulated ComfyUI nodes, to see the whole router without a GPU; nothing of it stays when it ends.
final class Demo implements AutoCloseable {
    static final int NODES = 2;

    private static final Logger LOG = System.getLogger(Demo.class.getName());

    private final Path home;
    private final List<FakeComfyServer> nodes;

    private Demo(Path home, List<FakeComfyServer> nodes) {
        this.home = home;
        this.nodes = nodes;
    }

    static Demo start(int count) throws IOException {
        Path home = Files.createTempDirectory("comfy-router-demo-");
        Path models = Files.createDirectories(home.resolve("comfyui/models"));
        List<FakeComfyServer> nodes = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            nodes.add(FakeComfyServer.builder().demo().modelsDirectory(models).start());
        }
        return new Demo(home, nodes);
    }

    /// The settings of the demonstration; those of the environment go first.
    Map<String, String> settings() {
        return Map.of(
                "COMFY_ROUTER__DATA_DIR", home.resolve("data").toString(),
                "COMFY_ROUTER__DOWNLOAD__CACHE_DIR", home.resolve("cache").toString(),
                "COMFY_ROUTER__DOWNLOAD__ROOT_DIR", home.resolve("comfyui").toString(),
                "COMFY_ROUTER__DOWNLOAD__RECORD_PATH",
                        home.resolve("record.json").toString(),
                "COMFY_ROUTER__NODES",
                        nodes.stream().map(node -> node.url().toString()).collect(Collectors.joining(",")));
    }

    /// Says what this is and how to get a picture.
    void explain(String page, RouterConfig config) {
        LOG.log(
                Level.WARNING,
                "this is a demonstration: its {0} nodes are simulated, they paint a card instead of computing a picture",
                nodes.size());
        String user = config.operator().username();
        String login = config.hasDefaultPassword()
                ? user + ":" + config.operator().password().reveal()
                : user;
        System.out.println("""

                A first picture (it opens as demo.png):

                  curl -s -u %1$s -H 'Content-Type: application/json' '%2$s/workflow?wait=30' \\
                    -d '{"type":"SDXL","params":{"prompt":"a lighthouse at dawn","checkpoint":"sdxl-base.safetensors"}}' \\
                    | sed 's/.*"images":\\[{"url":"\\([^"]*\\)".*/\\1/' | xargs -I{} curl -s -u %1$s -o demo.png '%2$s{}'

                The page: %2$s/admin   (name and password: %1$s)
                """.formatted(login, page));
    }

    @Override
    public void close() {
        nodes.forEach(FakeComfyServer::close);
        try (Stream<Path> files = Files.walk(home)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        } catch (IOException | UncheckedIOException left) {
            LOG.log(Level.DEBUG, "{0} was not deleted: {1}", home, left.getMessage());
        }
    }
}
