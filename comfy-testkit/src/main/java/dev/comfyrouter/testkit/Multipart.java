package dev.comfyrouter.testkit;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The parts of a `multipart/form-data` body by their names; of two with one name the first counts.
record Multipart(Map<String, Part> parts) {

    /// @param filename as written, not decoded; empty when the part has none
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Part(Optional<String> filename, byte[] bytes) {

        String text() {
            return new String(bytes, StandardCharsets.UTF_8);
        }
    }

    private static final Pattern BOUNDARY = Pattern.compile("boundary=(?:\"([^\"]+)\"|([^;\\s]+))");
    private static final Pattern NAME = Pattern.compile("[; ]name=\"((?:[^\"\\\\]|\\\\.)*)\"");
    private static final Pattern FILENAME = Pattern.compile("filename=\"((?:[^\"\\\\]|\\\\.)*)\"");
    private static final byte[] HEADER_END = {'\r', '\n', '\r', '\n'};

    Optional<Part> part(String name) {
        return Optional.ofNullable(parts.get(name));
    }

    static Multipart of(HttpRequest request) {
        Matcher boundary = BOUNDARY.matcher(request.header("Content-Type").orElse(""));
        Map<String, Part> parts = new HashMap<>();
        if (!boundary.find()) {
            return new Multipart(parts);
        }
        String value = Optional.ofNullable(boundary.group(1)).orElseGet(() -> String.valueOf(boundary.group(2)));
        byte[] delimiter = ("--" + value).getBytes(StandardCharsets.ISO_8859_1);
        byte[] body = request.body();
        int start = indexOf(body, delimiter, 0);
        while (start >= 0) {
            int from = start + delimiter.length;
            int next = indexOf(body, delimiter, from);
            if (next < 0) {
                break;
            }
            // Between "\r\n" after the delimiter and the one before the next.
            add(parts, Arrays.copyOfRange(body, Math.min(from + 2, next), Math.max(from + 2, next - 2)));
            start = next;
        }
        return new Multipart(parts);
    }

    private static void add(Map<String, Part> parts, byte[] part) {
        int end = indexOf(part, HEADER_END, 0);
        if (end < 0) {
            return;
        }
        String head = new String(part, 0, end, StandardCharsets.UTF_8);
        Matcher name = NAME.matcher(head);
        if (name.find()) {
            Matcher filename = FILENAME.matcher(head);
            parts.putIfAbsent(
                    unescaped(name.group(1)),
                    new Part(
                            filename.find() ? Optional.of(unescaped(filename.group(1))) : Optional.empty(),
                            Arrays.copyOfRange(part, end + HEADER_END.length, part.length)));
        }
    }

    private static String unescaped(String quoted) {
        return quoted.replaceAll("\\\\(.)", "$1");
    }

    private static int indexOf(byte[] body, byte[] wanted, int from) {
        for (int at = from; at <= body.length - wanted.length; at++) {
            if (body[at] == wanted[0] && Arrays.equals(body, at, at + wanted.length, wanted, 0, wanted.length)) {
                return at;
            }
        }
        return -1;
    }
}
