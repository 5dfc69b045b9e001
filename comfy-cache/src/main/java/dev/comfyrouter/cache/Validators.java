package dev.comfyrouter.cache;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Optional;

/// What tells one version of a file at its server from another. Pure.
///
/// @param etag a strong entity tag with its quotes; a weak one is not kept, for it does not promise equal bytes
/// @param lastModified the date as the server spells it, kept only when it is a minute older than the answer
record Validators(Optional<String> etag, Optional<String> lastModified) {

    static final Validators NONE = new Validators(Optional.empty(), Optional.empty());

    private static final Duration SETTLED = Duration.ofSeconds(60);

    static Validators of(Answer answer) {
        var etag = answer.header("etag").map(String::strip).filter(value -> value.matches("\"[\\x21\\x23-\\x7e]*\""));
        var modified = answer.header("last-modified").filter(value -> isSettled(value, answer.header("date")));
        return new Validators(etag, modified);
    }

    private static boolean isSettled(String modified, Optional<String> date) {
        try {
            var changed = ZonedDateTime.parse(modified, DateTimeFormatter.RFC_1123_DATE_TIME);
            var answered = ZonedDateTime.parse(date.orElse(""), DateTimeFormatter.RFC_1123_DATE_TIME);
            return Duration.between(changed, answered).compareTo(SETTLED) >= 0;
        } catch (DateTimeException e) {
            return false; // without two readable dates nothing is promised
        }
    }

    /// The value of `If-Range`, empty when a download cannot be continued.
    Optional<String> ifRange() {
        return etag.or(() -> lastModified);
    }

    boolean areNone() {
        return etag.isEmpty() && lastModified.isEmpty();
    }

    /// Whether an answer that continues a file is about the same version. An answer must repeat the validator
    /// that was sent; one that leaves it out may have ignored `If-Range`.
    boolean match(Answer answer) {
        if (etag.isPresent()) {
            return answer.header("etag").map(String::strip).equals(etag);
        }
        return lastModified.isPresent() && answer.header("last-modified").equals(lastModified);
    }
}
