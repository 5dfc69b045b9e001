package dev.comfyrouter.cache;

import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;

/// How long a body is by its headers. Pure.
final class BodyLength {

    private BodyLength() {}

    /// @return empty when the server does not say
    /// @throws DownloadException.WrongContent for a length that is not one number
    static OptionalLong of(Answer answer, String display) {
        var values = answer.all("content-length");
        if (values.isEmpty() || isChunked(answer)) {
            return OptionalLong.empty();
        }
        if (values.stream().distinct().count() > 1 || !values.getFirst().strip().matches("\\d{1,18}")) {
            throw new DownloadException.WrongContent(
                    DownloadException.Reason.SIZE_MISMATCH,
                    display,
                    display + ": the server sends a malformed Content-Length");
        }
        return OptionalLong.of(Long.parseLong(values.getFirst().strip()));
    }

    /// Whether the end of the body is told by the protocol, and not by the end of the connection.
    static boolean isDelimited(Answer answer, OptionalLong length) {
        return length.isPresent() || isChunked(answer);
    }

    private static boolean isChunked(Answer answer) {
        return answer.header("transfer-encoding").isPresent();
    }

    /// The encoding of the body, empty for none.
    static Optional<String> encoding(Answer answer) {
        return answer.header("content-encoding")
                .map(value -> value.strip().toLowerCase(Locale.ROOT))
                .filter(value -> !value.isEmpty() && !value.equals("identity"));
    }
}
