package dev.comfyrouter.server.http;

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import io.helidon.common.buffers.DataReader;
import io.helidon.http.HttpMediaType;
import io.helidon.http.Status;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.http.ServerRequest;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.time.Duration;

/// The one way to read the body of a request: JSON only, within the limits of size, time and memory.
final class Bodies {
    /// How long a body may show no progress.
    private static final Duration STILL = Duration.ofSeconds(30);

    /// The slowest sender that is served, over the whole of a body.
    private static final int BYTES_PER_SECOND = 16 * 1024;

    private static final int CHUNK = 64 * 1024;

    private final Watchdog watchdog;
    private final BodyBudget budget;
    private final long limit;
    private final Duration still;

    /// @param limit the most bytes that a body may have where nothing else is said
    Bodies(Watchdog watchdog, BodyBudget budget, long limit) {
        this(watchdog, budget, limit, STILL);
    }

    Bodies(Watchdog watchdog, BodyBudget budget, long limit, Duration still) {
        this.watchdog = watchdog;
        this.budget = budget;
        this.limit = limit;
        this.still = still;
    }

    /// What is done with a body while its memory is accounted for.
    interface Work {
        void with(byte[] body) throws Exception;
    }

    /// Reads the body and works on it.
    ///
    /// @param most how many bytes it may have
    void use(ServerRequest request, long most, Work work) throws Exception {
        requireJson(request);
        try (BodyBudget.Share share = budget.share()) {
            work.with(read(request, most, share));
        }
    }

    /// A JSON object; an absent body is an empty one.
    JsonNode object(ServerRequest request) {
        if (!request.content().hasEntity()) {
            return Json.MAPPER.createObjectNode();
        }
        requireJson(request);
        try (BodyBudget.Share share = budget.share()) {
            JsonNode node = Json.MAPPER.readTree(read(request, limit, share));
            if (!node.isObject()) {
                throw Refusal.malformed("The body must be a JSON object.");
            }
            return node;
        } catch (JsonProcessingException malformed) {
            throw malformed(malformed);
        } catch (IOException impossible) {
            throw new UncheckedIOException("memory does not fail", impossible);
        }
    }

    static Refusal malformed(JsonProcessingException malformed) {
        JsonLocation at = malformed.getLocation();
        String where = at == null ? "" : " at line " + at.getLineNr() + ", column " + at.getColumnNr();
        return Refusal.malformed("The body is not valid JSON" + where + ", or is nested too deeply.");
    }

    private static void requireJson(ServerRequest request) {
        boolean json = request.headers()
                .contentType()
                .map(HttpMediaType::text)
                .map(type -> type.split(";", 2)[0].strip())
                .filter(type -> type.equalsIgnoreCase("application/json"))
                .isPresent();
        if (!json) {
            throw Refusal.wrongType();
        }
    }

    private byte[] read(ServerRequest request, long most, BodyBudget.Share share) {
        long announced = request.headers().contentLength().orElse(0);
        if (announced > most) {
            throw Refusal.tooLarge(most);
        }
        require(share.tryHold(announced));
        long start = System.nanoTime();
        try (var guard = watchdog.watch(still);
                InputStream in = request.content().inputStream()) {
            var body = new ByteArrayOutputStream((int) Math.max(1024, announced));
            byte[] chunk = new byte[(int) Math.min(CHUNK, Math.max(1024, announced))];
            for (int count = in.read(chunk); count >= 0; count = in.read(chunk)) {
                if (body.size() + count > most) {
                    throw Refusal.tooLarge(most);
                }
                require(share.tryHold((long) body.size() + count));
                body.write(chunk, 0, count);
                if (System.nanoTime() - start > still.toNanos() + limitedTime(body.size())) {
                    throw new CloseConnectionException("the body trickles");
                }
                guard.progress();
            }
            return body.toByteArray();
        } catch (IOException | UncheckedIOException | DataReader.InsufficientDataAvailableException gone) {
            throw new CloseConnectionException("the body ended early", gone);
        }
    }

    private static long limitedTime(long bytes) {
        return Duration.ofSeconds(bytes / BYTES_PER_SECOND).toNanos();
    }

    private static void require(boolean room) {
        if (!room) {
            throw Refusal.later(
                    Status.SERVICE_UNAVAILABLE_503,
                    "The router is busy",
                    "Too many large requests are being read. Send the request again.",
                    Duration.ofSeconds(2));
        }
    }
}
