package dev.comfyrouter.server.http;

import dev.comfyrouter.server.store.StoreUnavailable;
import io.helidon.http.DirectHandler;
import io.helidon.http.Header;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.http.HttpException;
import io.helidon.http.Status;
import io.helidon.webserver.http.DirectHandlers;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;

/// What every failure looks like from outside: the one place where exceptions become problems.
final class Problems {
    static final Header TYPE = HeaderValues.createCached(HeaderNames.CONTENT_TYPE, "application/problem+json");
    private static final Logger LOG = System.getLogger(Problems.class.getName());

    private final Answers answers;

    Problems(Answers answers) {
        this.answers = answers;
    }

    void install(HttpRouting.Builder routing) {
        routing.error(Refusal.class, (request, response, refusal) -> answers.problem(response, refusal))
                .error(StoreUnavailable.class, (request, response, failed) -> {
                    LOG.log(Level.WARNING, "{0} is refused: {1}", shown(request), failed.getMessage());
                    answers.problem(response, unavailable());
                })
                .error(HttpException.class, (request, response, refused) -> {
                    refused.headers().forEach(response::header);
                    answers.problem(response, of(refused.status()));
                })
                .error(
                        InterruptedException.class,
                        (request, response, stopped) -> answers.problem(
                                response.header(HeaderValues.CONNECTION_CLOSE),
                                Refusal.later(
                                        Status.SERVICE_UNAVAILABLE_503,
                                        "The router is stopping",
                                        "Send the request again when it is back.",
                                        Duration.ofSeconds(5))))
                .error(Throwable.class, this::unexpected);
    }

    private void unexpected(ServerRequest request, ServerResponse response, Throwable broken) {
        LOG.log(Level.ERROR, shown(request) + " failed", broken);
        answers.problem(
                response,
                Problem.of(
                        Status.INTERNAL_SERVER_ERROR_500,
                        "The router made a mistake",
                        "Its log has the details under the id in the header X-Request-Id of this answer."));
    }

    private static String shown(ServerRequest request) {
        return request.prologue().method().text() + " " + request.path().path();
    }

    private static Refusal unavailable() {
        return Refusal.later(
                Status.SERVICE_UNAVAILABLE_503,
                "The store is not available",
                "Nothing was changed. Send the request again.",
                Duration.ofSeconds(2));
    }

    /// Failures before a request reaches a route: the same shape.
    static DirectHandlers direct(InstantSource clock) {
        DirectHandler handler = (request, type, found, headers, message) -> {
            // Helidon's reader of requests meets rubbish with any exception; what routes throw does not come here.
            Status status = type == DirectHandler.EventType.INTERNAL_ERROR ? Status.BAD_REQUEST_400 : found;
            byte[] body = of(status).json();
            return DirectHandler.TransportResponse.builder()
                    .status(status)
                    .headers(headers)
                    .header(HttpDate.of(clock))
                    .header(TYPE)
                    .header(Answers.NO_SNIFF)
                    .keepAlive(false)
                    .entity(body)
                    .build();
        };
        DirectHandlers.Builder all = DirectHandlers.builder();
        for (DirectHandler.EventType type : DirectHandler.EventType.values()) {
            all.addHandler(type, handler);
        }
        return all.build();
    }

    /// What Helidon refuses, in our words: its own messages can hold pieces of the request or of its code.
    private static Problem of(Status status) {
        return switch (status.code()) {
            case 400 -> Problem.of(status, "The request cannot be read", "It is not valid HTTP.");
            case 404 -> Problem.of(status, "Not found", "There is no such route; /doc lists all of them.");
            case 413 -> Problem.of(status, "The request is too large", "Its body has more bytes than are allowed.");
            case 414 -> Problem.of(status, "The request is too large", "Its first line is too long.");
            case 415 -> Refusal.wrongType().problem();
            case 431 -> Problem.of(status, "The request is too large", "Its headers are too long.");
            case 503 -> Problem.of(status, "The router is busy", "Send the request again.");
            default -> Problem.of(status, status.reasonPhrase(), "HTTP " + status.codeText() + ".");
        };
    }

    static List<Problem.Mistake> below(String pointer, List<dev.comfyrouter.workflows.Problem> problems) {
        List<Problem.Mistake> mistakes = new ArrayList<>();
        problems.forEach(problem -> mistakes.add(new Problem.Mistake(pointer + problem.pointer(), problem.detail())));
        return mistakes;
    }
}
