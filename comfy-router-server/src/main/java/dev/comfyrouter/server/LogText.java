package dev.comfyrouter.server;

import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.logging.Level;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The pieces that both formats of the log share.
final class LogText {
    private static final Pattern USER_INFO = Pattern.compile("://[^/?#\\s@\"']*@");

    private static final String UUID = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}";
    private static final List<String> NAMES = List.of("task", "prompt", "node", "request");
    private static final Pattern IDS = Pattern.compile("\\btask (?<task>" + UUID + ")|\\bprompt (?<prompt>" + UUID
            + ")|\\b(?:node|on) (?<node>https?://[^\\s,:]+(?::\\d+)?[^\\s,:]*)|\\brequest=(?<request>[\\w.-]+)");

    private LogText() {}

    /// Without the user information of URLs, and on one line: texts of nodes and callers get into the log.
    static String safe(String text) {
        String withoutSecrets = text.contains("@") ? USER_INFO.matcher(text).replaceAll("://***@") : text;
        if (withoutSecrets.chars().noneMatch(Character::isISOControl)) {
            return withoutSecrets;
        }
        var line = new StringBuilder();
        withoutSecrets.codePoints().forEach(character -> {
            switch (character) {
                case '\n' -> line.append("\\n");
                case '\r' -> line.append("\\r");
                case '\t' -> line.append(' ');
                default -> {
                    if (Character.isISOControl(character)) {
                        line.append("\\u%04x".formatted(character));
                    } else {
                        line.appendCodePoint(character);
                    }
                }
            }
        });
        return line.toString();
    }

    /// What a message is about, by the words that all messages use for it: `task`, `prompt`, `node` and `request`.
    static Map<String, String> ids(String message) {
        Map<String, String> ids = new LinkedHashMap<>();
        Matcher found = IDS.matcher(message);
        while (found.find()) {
            for (String name : NAMES) {
                Optional.ofNullable(found.group(name)).ifPresent(id -> ids.putIfAbsent(name, id));
            }
        }
        return ids;
    }

    /// The names of [System.Logger.Level], which the code uses.
    static String level(Level level) {
        if (level.intValue() >= Level.SEVERE.intValue()) {
            return "ERROR";
        }
        if (level.intValue() >= Level.WARNING.intValue()) {
            return "WARNING";
        }
        if (level.intValue() >= Level.INFO.intValue()) {
            return "INFO";
        }
        return level.intValue() >= Level.FINE.intValue() ? "DEBUG" : "TRACE";
    }

    /// `java.io.IOException: message`, safe to print.
    static String headline(Throwable thrown) {
        String name = thrown.getClass().getName();
        return Optional.ofNullable(thrown.getLocalizedMessage())
                .map(message -> name + ": " + safe(message))
                .orElse(name);
    }

    /// The frames of a throwable, of what it suppressed and of its causes, each throwable once.
    static List<String> trace(Throwable thrown) {
        var lines = new ArrayList<String>();
        trace(lines, thrown, Collections.newSetFromMap(new IdentityHashMap<>()));
        return lines;
    }

    private static void trace(List<String> lines, Throwable thrown, Set<Throwable> seen) {
        if (!seen.add(thrown)) {
            return;
        }
        for (StackTraceElement frame : thrown.getStackTrace()) {
            lines.add("at " + frame);
        }
        for (Throwable suppressed : thrown.getSuppressed()) {
            lines.add("suppressed: " + headline(suppressed));
            trace(lines, suppressed, seen);
        }
        Optional.ofNullable(thrown.getCause()).ifPresent(cause -> {
            lines.add("caused by: " + headline(cause));
            trace(lines, cause, seen);
        });
    }
}
