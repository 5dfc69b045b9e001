package dev.comfyrouter.server.http;

import io.helidon.http.Header;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.webserver.http.HttpRules;
import io.helidon.webserver.http.HttpService;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.nio.charset.StandardCharsets;

/// What Prometheus fetches.
final class MetricsService implements HttpService {
    private static final Header TEXT =
            HeaderValues.createCached(HeaderNames.CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8");

    private final Metrics metrics;
    private final Facts facts;
    private final Answers answers;

    /// Looks up what is to be told.
    interface Facts {
        Metrics.Facts now() throws InterruptedException;
    }

    MetricsService(Metrics metrics, Facts facts, Answers answers) {
        this.metrics = metrics;
        this.facts = facts;
        this.answers = answers;
    }

    @Override
    public void routing(HttpRules rules) {
        rules.get("/metrics", this::metrics);
    }

    private void metrics(ServerRequest request, ServerResponse response) throws InterruptedException {
        answers.send(
                response.header(TEXT).header(Answers.NO_STORE),
                metrics.scrape(facts.now()).getBytes(StandardCharsets.UTF_8));
    }
}
