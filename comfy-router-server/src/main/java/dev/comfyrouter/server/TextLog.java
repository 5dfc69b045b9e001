package dev.comfyrouter.server;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Optional;
import java.util.logging.Formatter;
import java.util.logging.LogRecord;

/// The log for people: time (UTC), level, short name of the logger, message. A line that starts with white space
/// belongs to a stack trace.
final class TextLog extends Formatter {
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSS'Z'").withZone(ZoneOffset.UTC);

    @Override
    public String format(LogRecord record) {
        Instant time = record.getInstant();
        var text = new StringBuilder();
        text.append(TIME.format(time))
                .append(' ')
                .append("%-7s".formatted(LogText.level(record.getLevel())))
                .append(' ')
                .append(shortName(record))
                .append("  ")
                .append(LogText.safe(Optional.ofNullable(formatMessage(record)).orElse("")))
                .append('\n');
        Optional.ofNullable(record.getThrown()).ifPresent(thrown -> {
            text.append("  ").append(LogText.headline(thrown)).append('\n');
            LogText.trace(thrown)
                    .forEach(line -> text.append(line.startsWith("at ") ? "    " : "  ")
                            .append(line)
                            .append('\n'));
        });
        return text.toString();
    }

    private static String shortName(LogRecord record) {
        String name = Optional.ofNullable(record.getLoggerName()).orElse("");
        return name.substring(name.lastIndexOf('.') + 1);
    }
}
