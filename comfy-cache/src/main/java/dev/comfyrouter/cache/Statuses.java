package dev.comfyrouter.cache;

import java.net.URI;
import java.time.Instant;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/// What the status of an answer means for a download. Pure.
final class Statuses {

    private static final Pattern LOGIN =
            Pattern.compile("(?i)(^|[/._-])(log-?in|sign-?in|sso|oauth2?|authorize)([/._-]|$)");

    private Statuses() {}

    /// Returns for an answer that holds the file, or a part of it.
    ///
    /// @param isUnderWay whether bytes have arrived before: then a refusal may only mean that a signed address
    ///     has run out
    /// @throws Broken if the same request may succeed later
    /// @throws DownloadException if it will not
    static void check(Answer answer, URI url, String display, boolean isUnderWay, Instant now) throws Broken {
        switch (answer.status()) {
            case 200, 206, 416 -> {}
            case 204, 205 ->
                throw new DownloadException.WrongContent(
                        DownloadException.Reason.EMPTY, display, display + ": the server has no content (HTTP 204)");
            case 401, 403, 404, 410 -> {
                if (isUnderWay) {
                    throw new Broken("HTTP " + answer.status() + " in the middle of the file", Optional.empty(), false);
                }
                if (answer.status() <= 403) {
                    throw authRequired(answer, url, display);
                }
                throw new DownloadException.Rejected(
                        DownloadException.Reason.NOT_FOUND,
                        display,
                        answer.status(),
                        display + ": not found (HTTP " + answer.status() + ")");
            }
            case 408, 425, 429, 500, 502, 503, 504 ->
                throw new Broken(
                        "HTTP " + answer.status(), Backoff.retryAfter(answer.header("retry-after"), now), false);
            default -> {
                if (answer.status() > 500) {
                    throw new Broken("HTTP " + answer.status(), Optional.empty(), false);
                }
                throw new DownloadException.Rejected(
                        DownloadException.Reason.REFUSED_BY_SERVER,
                        display,
                        answer.status(),
                        display + ": HTTP " + answer.status());
            }
        }
    }

    static boolean looksLikeLogin(Answer answer) {
        var path = answer.finalUrl().getRawPath();
        return path != null && LOGIN.matcher(path).find();
    }

    static DownloadException authRequired(Answer answer, URI url, String display) {
        var host = String.valueOf(url.getHost()).toLowerCase(Locale.ROOT);
        var how = switch (host) {
            case "huggingface.co", "hf.co" -> "set the Hugging Face token (and accept the model's licence there)";
            case "civitai.com" -> "set the Civitai token";
            default -> "set a token for " + host;
        };
        var signed = url.getRawQuery() == null
                ? ""
                : "; if the URL was a signed one it has run out: send the request again with a new one";
        return new DownloadException.AuthRequired(
                display,
                host,
                display + ": " + host + " wants credentials (HTTP " + answer.status() + "); " + how + signed);
    }
}
