package dev.comfyrouter.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.comfyrouter.server.RouterServer;
import dev.comfyrouter.testkit.FakeComfyServer;
import java.io.File;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TimeZone;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Runs the examples that embed a router or call one, with a simulated node behind it.
class RouterTest {
    private static final byte[] PNG = {(byte) 0x89, 'P', 'N', 'G'};
    private static final String LOGIN = "admin:only-this-program-knows-it";

    @TempDir
    private Path folder;

    private FakeComfyServer node;

    @BeforeEach
    void start() {
        node = FakeComfyServer.start();
    }

    @AfterEach
    void stop() {
        node.close();
    }

    @Test
    void anEmbeddedRouterServesACallerInJavaAndLeavesTheProgramAsItWas() throws Exception {
        TimeZone zone = TimeZone.getDefault();
        Path file = folder.resolve("lighthouse.png");
        try (RouterServer router =
                EmbeddedRouter.start(folder.resolve("home"), node.url().toString())) {
            CallRouter.main(new String[] {router.url().toString(), LOGIN, "a lighthouse", file.toString()});
        }

        assertThat(Files.readAllBytes(file)).startsWith(PNG);
        assertThat(TimeZone.getDefault()).isEqualTo(zone);
    }

    @Test
    void aHelidonServerAnswersWithAPictureOfTheRouterBehindIt() throws Exception {
        try (var own = new HelidonWithRouter(folder.resolve("home"), node.url().toString());
                HttpClient http = HttpClient.newHttpClient()) {
            HttpResponse<byte[]> answer = http.send(
                    HttpRequest.newBuilder(own.url().resolve("/postcard?text=a+lighthouse"))
                            .build(),
                    BodyHandlers.ofByteArray());

            assertThat(answer.statusCode()).isEqualTo(200);
            assertThat(answer.headers().firstValue("Content-Type")).hasValue("image/png");
            assertThat(answer.body()).startsWith(PNG);
        }
    }

    @ParameterizedTest
    @CsvSource({"sh, call-router.sh, curl jq", "python3, call_router.py, ''", "node, call-router.mjs, ''"})
    void aScriptFetchesAPicture(String interpreter, String script, String tools) throws Exception {
        assumeThat(missing(interpreter + " " + tools))
                .as("programs of this machine that %s needs and that are missing", script)
                .isEmpty();
        Path file = folder.resolve("lighthouse.png");
        Path log = folder.resolve("log");
        int code;
        try (RouterServer router =
                EmbeddedRouter.start(folder.resolve("home"), node.url().toString())) {
            code = run(
                    log,
                    List.of(
                            interpreter,
                            "scripts/" + script,
                            router.url().toString(),
                            LOGIN,
                            "a lighthouse",
                            file.toString()));
        }

        assertThat(code).as(Files.readString(log)).isZero();
        assertThat(Files.readAllBytes(file)).startsWith(PNG);
    }

    private static int run(Path log, List<String> command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        try {
            return process.waitFor(60, TimeUnit.SECONDS) ? process.exitValue() : -1;
        } finally {
            process.destroyForcibly();
        }
    }

    private static List<String> missing(String programs) {
        var missing = new ArrayList<String>();
        for (String program : programs.strip().split(" ", -1)) {
            boolean there = Stream.of(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator))
                    .anyMatch(directory -> Files.isExecutable(Path.of(directory, program)));
            if (!there) {
                missing.add(program);
            }
        }
        return missing;
    }
}
