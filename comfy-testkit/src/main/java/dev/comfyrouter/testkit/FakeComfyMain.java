package dev.comfyrouter.testkit;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;

/// Runs simulated ComfyUI nodes in a process of their own and prints their URLs, one a line, until the process
/// is ended.
///
/// Options, each followed by its value: `--port` (of the first node, the others follow; 0 for free ones, the
/// default), `--count` (1), `--version` (0.33.0), `--execution-ms` (0), `--step-ms` (0), `--pictures` (`tiny`,
/// `plain`, `painted`; `plain`), `--previews` (`none`, `auto`; `none`), `--models-dir` (a real `models/`
/// directory), `--prefix` (a path before all others). `--demo` alone sets the pace and the pictures of the
/// demonstration.
public final class FakeComfyMain {

    private FakeComfyMain() {}

    /// Starts the nodes and stays.
    ///
    /// @throws IllegalArgumentException for an unknown option or value
    public static void main(String[] arguments) throws InterruptedException {
        List<FakeComfyServer> servers = start(List.of(arguments));
        Runtime.getRuntime().addShutdownHook(new Thread(() -> servers.forEach(FakeComfyServer::close)));
        servers.forEach(server -> System.out.println(server.url()));
        System.out.flush();
        new CountDownLatch(1).await();
    }

    static List<FakeComfyServer> start(List<String> arguments) {
        int port = 0;
        int count = 1;
        FakeComfyBuilder builder = FakeComfyServer.builder().recordRequests(0).maxHistory(1_000);
        for (int i = 0; i < arguments.size(); i++) {
            String option = arguments.get(i);
            if (option.equals("--demo")) {
                builder.demo();
                continue;
            }
            if (++i == arguments.size()) {
                throw new IllegalArgumentException(option + " needs a value");
            }
            String value = arguments.get(i);
            switch (option) {
                case "--port" -> port = whole(option, value);
                case "--count" -> count = whole(option, value);
                case "--version" -> builder.version(value);
                case "--execution-ms" -> builder.executionTime(Duration.ofMillis(whole(option, value)));
                case "--step-ms" -> builder.stepTime(Duration.ofMillis(whole(option, value)));
                case "--pictures" -> builder.pictures(Pictures.valueOf(value.toUpperCase(Locale.ROOT)));
                case "--previews" -> builder.previewMethod(value);
                case "--models-dir" -> builder.modelsDirectory(Path.of(value));
                case "--prefix" -> builder.pathPrefix(value);
                default -> throw new IllegalArgumentException("unknown option " + option);
            }
        }
        return start(builder, port, count);
    }

    private static List<FakeComfyServer> start(FakeComfyBuilder builder, int port, int count) {
        List<FakeComfyServer> servers = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            servers.add(builder.port(port == 0 ? 0 : port + i).start());
        }
        return servers;
    }

    private static int whole(String option, String value) {
        return Optional.of(value)
                .filter(given -> given.matches("\\d{1,7}"))
                .map(Integer::parseInt)
                .orElseThrow(() -> new IllegalArgumentException(option + " needs a whole number, not '" + value + "'"));
    }
}
