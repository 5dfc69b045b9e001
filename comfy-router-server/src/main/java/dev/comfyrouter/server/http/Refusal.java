package dev.comfyrouter.server.http;

import io.helidon.http.Header;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.http.Status;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/// A request that is answered with a problem.
final class Refusal extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final transient Problem problem;
    private final transient List<Header> headers = new ArrayList<>();

    private Refusal(Problem problem) {
        super(problem.detail(), null, false, false); // it is an answer, not a fault: no stack trace
        this.problem = problem;
    }

    Problem problem() {
        return problem;
    }

    List<Header> headers() {
        return headers;
    }

    Refusal with(Header header) {
        headers.add(header);
        return this;
    }

    static Refusal of(Problem problem) {
        return new Refusal(problem);
    }

    static Refusal malformed(String detail) {
        return of(Problem.of(Status.BAD_REQUEST_400, "The request cannot be read", detail));
    }

    static Refusal forbidden(String title, String detail) {
        return of(Problem.of(Status.FORBIDDEN_403, title, detail));
    }

    static Refusal unknown(String what) {
        return of(Problem.of(Status.NOT_FOUND_404, "Not found", what));
    }

    static Refusal conflict(String title, String detail) {
        return of(Problem.of(Status.CONFLICT_409, title, detail));
    }

    static Refusal gone(String detail) {
        return of(Problem.of(Status.GONE_410, "It is gone", detail));
    }

    static Refusal tooLarge(long limit) {
        return of(Problem.of(
                Status.REQUEST_ENTITY_TOO_LARGE_413,
                "The request is too large",
                "The body of this request may have at most " + limit + " bytes."));
    }

    static Refusal wrongType() {
        return of(Problem.of(
                Status.UNSUPPORTED_MEDIA_TYPE_415,
                "The body must be JSON",
                "Send the body with the header 'Content-Type: application/json'."));
    }

    /// One mistake in one place.
    static Refusal wrong(String pointer, String detail) {
        return wrong(List.of(new Problem.Mistake(pointer, detail)));
    }

    static Refusal wrong(List<Problem.Mistake> mistakes) {
        return of(new Problem(
                "about:blank",
                "The request has values that are not allowed",
                Problem.UNPROCESSABLE.code(),
                mistakes.size() == 1
                        ? mistakes.getFirst().detail()
                        : mistakes.size() + " mistakes; 'errors' names each and where it is.",
                mistakes));
    }

    static Refusal later(Status status, String title, String detail, Duration after) {
        return of(Problem.of(status, title, detail))
                .with(HeaderValues.create(HeaderNames.RETRY_AFTER, Long.toString(Math.max(1, after.toSeconds()))));
    }
}
