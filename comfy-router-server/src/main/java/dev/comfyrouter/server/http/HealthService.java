package dev.comfyrouter.server.http;

import io.helidon.http.Header;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.http.Status;
import io.helidon.webserver.http.HttpRules;
import io.helidon.webserver.http.HttpService;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Supplier;

/// Tells load balancers whether the router lives, and whether it wants requests.
final class HealthService implements HttpService {
    private static final Header TEXT = HeaderValues.createCached(HeaderNames.CONTENT_TYPE, "text/plain; charset=utf-8");
    private static final byte[] OK = "ok\n".getBytes(StandardCharsets.UTF_8);

    private final Supplier<Optional<String>> notReady;
    private final Answers answers;

    /// @param notReady why no request should come now, or empty
    HealthService(Supplier<Optional<String>> notReady, Answers answers) {
        this.notReady = notReady;
        this.answers = answers;
    }

    @Override
    public void routing(HttpRules rules) {
        rules.get("/health_check", this::health);
    }

    private void health(ServerRequest request, ServerResponse response) {
        Optional<String> reason = Query.flag(request, "ready") ? notReady.get() : Optional.empty();
        if (reason.isPresent()) {
            throw Refusal.later(Status.SERVICE_UNAVAILABLE_503, "Not ready", reason.get(), Duration.ofSeconds(2));
        }
        response.header(TEXT).header(Answers.NO_STORE);
        answers.send(response, OK);
    }
}
