package dev.comfyrouter.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.comfyrouter.server.task.Task;
import dev.comfyrouter.server.task.TaskId;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/// Requests made by chance from the OpenAPI document, and bytes that are no requests at all.
///
/// Every build makes a few, always the same ones; `-Dcomfyrouter.fuzz=100000` makes many.
class FuzzTest extends AtTheDoor {
    private static final int REQUESTS = Integer.getInteger("comfyrouter.fuzz", 1_000);

    /// Nodes that were added are watched, and pools grow; a thread for each request would be far more.
    private static final int SPARE_THREADS = 50;

    private static final long SPARE_BYTES = 32 << 20;
    private static final long SEED = Long.getLong("comfyrouter.fuzz.seed", 20261124L);

    @Test
    void whateverIsSentTheAnswerIsDocumentedAndNoMistakeOfOurs() throws Exception {
        TaskId id = door.submit();
        Task done = door.run(id);
        door.finish(done, "a.png", TestPictures.png(2, 2));
        var requests = new FuzzedRequests(
                new Random(SEED), List.of(id.toString(), door.submit().toString()));
        List<String> operations = Contract.operations().stream()
                .filter(operation -> !operation.endsWith("/events")) // these do not end
                .toList();
        send(requests, operations, 0, REQUESTS / 2);
        Footprint before = Footprint.now();
        send(requests, operations, REQUESTS / 2, REQUESTS);
        Footprint after = Footprint.now();
        assertThat(door.get("/health_check?ready=1").statusCode()).isEqualTo(200);
        assertThat(after.threads()).as("threads, after %s", before).isLessThan(before.threads() + SPARE_THREADS);
        assertThat(after.heap()).as("bytes, after %s", before).isLessThan(before.heap() + SPARE_BYTES);
    }

    private void send(FuzzedRequests requests, List<String> operations, int from, int to) throws Exception {
        for (int i = from; i < to; i++) {
            FuzzedRequests.Made made = requests.make(operations.get(i % operations.size()));
            HttpRequest.Builder request = door.request(made.path());
            made.headers().forEach(request::header);
            HttpResponse<String> answer = door.send(request.method(
                    made.method(), made.body().map(BodyPublishers::ofString).orElse(BodyPublishers.noBody())));
            assertThat(answer.statusCode())
                    .as("request %d of seed %d: %s", i, SEED, made)
                    .isNotIn(500, 501);
            if (answer.statusCode() >= 400 && !made.method().equals("HEAD")) {
                JsonNode problem = Door.json(answer);
                assertThat(problem.path("status").asInt()).isEqualTo(answer.statusCode());
            }
        }
    }

    @Test
    void bytesThatAreNoRequestHurtNobody() throws Exception {
        var random = new Random(SEED);
        int threads = Footprint.threadCount();
        List<String> starts = List.of(
                "",
                "GET / HTTP/1.1\r\n",
                "POST /workflow HTTP/1.1\r\nHost: x\r\n" + Wire.ADMIN,
                "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
        for (int i = 0; i < Math.max(60, REQUESTS / 20); i++) {
            byte[] bytes = new byte[random.nextInt(2_000)];
            random.nextBytes(bytes);
            try (var socket = new Socket(InetAddress.getLoopbackAddress(), door.door.port())) {
                socket.getOutputStream()
                        .write(starts.get(random.nextInt(starts.size())).getBytes(StandardCharsets.ISO_8859_1));
                socket.getOutputStream().write(bytes);
                socket.shutdownOutput();
                assertThat(new String(drain(socket), StandardCharsets.ISO_8859_1))
                        .as("connection %d of seed %d", i, SEED)
                        .matches("(?s)|HTTP/1.1 4\\d\\d .*|.*HTTP/2.*|[^H].*");
            } catch (SocketException reset) {
                assertThat(reset).hasMessageMatching("(?i).*(reset|broken pipe|aborted).*");
            }
        }
        assertThat(door.get("/session").statusCode()).isEqualTo(200);
        while (Footprint.threadCount() > threads + 10) {} // a thread that stays keeps this from ending
    }

    private static byte[] drain(Socket socket) throws IOException {
        socket.setSoTimeout(60_000);
        return socket.getInputStream().readAllBytes();
    }
}
