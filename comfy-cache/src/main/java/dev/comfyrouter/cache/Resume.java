package dev.comfyrouter.cache;

import java.util.OptionalLong;
import java.util.regex.Pattern;

/// What an answer to a request with `Range` is worth. Pure.
sealed interface Resume {

    /// The body goes on where the part ends.
    record Continue(long total) implements Resume {}

    /// The body is the whole file from byte 0.
    record FromStart() implements Resume {}

    /// The part is the whole file already.
    record Complete() implements Resume {}

    /// The part is worthless and so is this answer: ask again without `Range`.
    record Again(String why) implements Resume {}

    Pattern CONTENT_RANGE = Pattern.compile("bytes (\\d{1,18})-(\\d{1,18})/(\\d{1,18})");
    Pattern UNSATISFIED = Pattern.compile("bytes \\*/(\\d{1,18})");

    /// Decides about an answer.
    ///
    /// @param length length of the part in bytes, 1 or more
    /// @param total the file's size as far as it is known
    static Resume decide(Answer answer, long length, OptionalLong total, Validators validators) {
        return switch (answer.status()) {
            case 206 -> partial(answer, length, total, validators);
            case 416 -> {
                var range = UNSATISFIED.matcher(answer.header("content-range").orElse(""));
                yield range.matches() && Long.parseLong(range.group(1)) == length
                        ? new Complete()
                        : new Again("the server has no byte " + length);
            }
            default -> new FromStart();
        };
    }

    private static Resume partial(Answer answer, long length, OptionalLong total, Validators validators) {
        var range = CONTENT_RANGE.matcher(answer.header("content-range").orElse(""));
        if (!range.matches() || answer.all("content-range").size() != 1) {
            return new Again("206 without a single Content-Range");
        }
        var first = Long.parseLong(range.group(1));
        var last = Long.parseLong(range.group(2));
        var size = Long.parseLong(range.group(3));
        if (first != length || last != size - 1) {
            return new Again("206 with another range than was asked for");
        }
        if (total.isPresent() && total.getAsLong() != size) {
            return new Again("206 with another size than before");
        }
        if (!validators.match(answer)) {
            return new Again("206 of another version of the file");
        }
        return new Continue(size);
    }
}
