package dev.comfyrouter.server.config;

import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// What a setting may be: how its text is read, and the sentence that says what is allowed.
///
/// @param allowed completes "allowed: …"
/// @param hidden whether the text is never shown and may come from a file
record Kind<T>(String allowed, boolean hidden, Function<String, Reading<T>> reader) {
    private static final Pattern WHOLE = Pattern.compile("\\d{1,18}");
    private static final Pattern DURATION = Pattern.compile("(\\d{1,12})(ms|s|m|h)");
    private static final Pattern SIZE = Pattern.compile("(\\d{1,18})\\s*(KiB|MiB|GiB|TiB)?");
    private static final Pattern HOST = Pattern.compile("[A-Za-z0-9]([A-Za-z0-9._-]{0,252}[A-Za-z0-9])?");
    private static final Pattern ONLY_DIGITS_AND_DOTS = Pattern.compile("[0-9.]+");
    private static final Pattern ABSOLUTE = Pattern.compile("(/|[A-Za-z]:[/\\\\]|\\\\\\\\)[^\\p{Cntrl}]*");
    private static final Pattern USER_INFO = Pattern.compile("^(.*?//)?.*@");

    Reading<T> read(String text) {
        return reader.apply(hidden ? text : text.strip());
    }

    private static <T> Kind<T> of(String allowed, Function<String, Optional<T>> reader) {
        return new Kind<>(
                allowed,
                false,
                text -> reader.apply(text).map(Reading::accepted).orElseGet(() -> Reading.refused(text)));
    }

    static Kind<Integer> whole(int min, int max) {
        return of(
                "a whole number from " + min + " to " + max,
                text -> wholeNumber(text)
                        .filter(number -> number >= min && number <= max)
                        .map(Long::intValue));
    }

    /// A number of bytes, at least `min`.
    static Kind<Long> bytes(long min) {
        return of(
                "a number of bytes from " + min + " on, plain or with KiB, MiB, GiB or TiB (64GiB)",
                text -> byteCount(text).filter(bytes -> bytes >= min));
    }

    static Kind<Duration> duration(Duration min, Duration max) {
        return of(
                "a time from " + shown(min) + " to " + shown(max) + ", such as 500ms, 45s, 10m, 24h or PT1H30M",
                text -> time(text).filter(time -> time.compareTo(min) >= 0 && time.compareTo(max) <= 0));
    }

    static Kind<Boolean> flag() {
        return of("true or false", text -> switch (text) {
            case "true" -> Optional.of(true);
            case "false" -> Optional.of(false);
            default -> Optional.empty();
        });
    }

    /// The constants of an enum, written in lower case.
    static <E extends Enum<E>> Kind<E> oneOf(Class<E> type) {
        var constants = EnumSet.allOf(type);
        return of(
                constants.stream().map(Kind::word).collect(Collectors.joining(" or ")),
                text -> constants.stream()
                        .filter(constant -> word(constant).equals(text))
                        .findFirst());
    }

    static Kind<Path> path() {
        return of("a path", Kind::pathOf);
    }

    /// An absolute path on a machine that may be another one, with another operating system.
    static Kind<String> pathElsewhere() {
        return of(
                "an absolute path, such as /mnt/cache or Z:\\cache",
                text -> Optional.of(text).filter(path -> ABSOLUTE.matcher(path).matches()));
    }

    /// A name or an address to listen on. Whether it is one of this machine shows when the port is opened.
    static Kind<String> listenHost() {
        return of("a host name or an IP address", text -> Optional.of(text).filter(Kind::isHost));
    }

    static Kind<String> username() {
        return of(
                "1 to 128 characters without colon and control characters",
                text -> Optional.of(text)
                        .filter(name -> !name.isEmpty() && name.length() <= 128)
                        .filter(name -> !name.contains(":") && printable(name)));
    }

    static Kind<Secret> secret() {
        return new Kind<>(
                "1 to 1024 characters without control characters",
                true,
                text -> !text.isEmpty() && text.length() <= 1024 && printable(text)
                        ? Reading.accepted(Secret.of(text))
                        : Reading.refused("***"));
    }

    /// The base URL of a node. User information is accepted, but never shown.
    static Kind<URI> nodeUrl() {
        return new Kind<>(
                "http or https URLs with a host and without query and fragment, such as http://gpu-1:8188",
                false,
                text -> uri(text)
                        .filter(Kind::isBaseUrl)
                        .map(Reading::accepted)
                        .orElseGet(() -> Reading.refused(withoutUserInfo(text))));
    }

    static Kind<AddressRange> addressRange() {
        return of("IP addresses and CIDR blocks, such as 10.0.0.0/8", AddressRange::parse);
    }

    /// A host name (in lower case; `*.` at its start means all hosts below), an IP address or a CIDR block, kept as
    /// text.
    static Kind<String> hostOrRange() {
        return of(
                "host names, IP addresses and CIDR blocks, such as files.lan, *.lan or 10.0.0.0/8",
                text -> Optional.of(text)
                        .filter(part -> AddressRange.parse(part).isPresent()
                                || isHostName(part.startsWith("*.") ? part.substring(2) : part))
                        .map(part -> part.toLowerCase(Locale.ROOT)));
    }

    /// A comma list. No text is the empty list; an element may not be empty or stand there twice.
    Kind<List<T>> list() {
        return new Kind<>("a comma list of " + allowed, hidden, text -> {
            var values = new ArrayList<T>();
            var refused = new ArrayList<String>();
            for (String part : text.isEmpty() ? List.<String>of() : List.of(text.split(",", -1))) {
                switch (read(part)) {
                    case Reading.Accepted<T> accepted -> {
                        if (values.contains(accepted.value())) {
                            refused.add(withoutUserInfo(part.strip()) + " (twice)");
                        } else {
                            values.add(accepted.value());
                        }
                    }
                    case Reading.Refused<T> other -> refused.addAll(other.parts());
                }
            }
            return refused.isEmpty() ? Reading.accepted(List.copyOf(values)) : new Reading.Refused<>(refused);
        });
    }

    /// The same, or nothing when the text is empty.
    Kind<Optional<T>> optional() {
        return new Kind<>(allowed + ", or nothing", hidden, text -> {
            return text.isEmpty()
                    ? Reading.accepted(Optional.empty())
                    : read(text).map(Optional::of);
        });
    }

    static boolean isHostName(String text) {
        return HOST.matcher(text).matches()
                && !ONLY_DIGITS_AND_DOTS.matcher(text).matches();
    }

    private static boolean isHost(String text) {
        return isHostName(text)
                || (!text.contains("/") && AddressRange.parse(text).isPresent());
    }

    private static boolean isBaseUrl(URI uri) {
        boolean web = "http".equalsIgnoreCase(uri.getScheme()) || "https".equalsIgnoreCase(uri.getScheme());
        return web
                && uri.getHost() != null
                && uri.getRawQuery() == null
                && uri.getRawFragment() == null
                && uri.getPort() != 0
                && uri.getPort() <= 65535;
    }

    private static Optional<URI> uri(String text) {
        try {
            return Optional.of(new URI(text));
        } catch (URISyntaxException e) {
            return Optional.empty();
        }
    }

    static String withoutUserInfo(String text) {
        Matcher matcher = USER_INFO.matcher(text);
        return matcher.find()
                ? Optional.ofNullable(matcher.group(1)).orElse("") + "***@" + text.substring(matcher.end())
                : text;
    }

    private static Optional<Path> pathOf(String text) {
        try {
            return Optional.of(text).filter(path -> !path.isEmpty()).map(Path::of);
        } catch (InvalidPathException e) {
            return Optional.empty();
        }
    }

    private static Optional<Long> wholeNumber(String text) {
        return WHOLE.matcher(text).matches() ? Optional.of(Long.parseLong(text)) : Optional.empty();
    }

    private static Optional<Long> byteCount(String text) {
        Matcher matcher = SIZE.matcher(text);
        if (!matcher.matches()) {
            return Optional.empty();
        }
        int shift = switch (Optional.ofNullable(matcher.group(2)).orElse("")) {
            case "KiB" -> 10;
            case "MiB" -> 20;
            case "GiB" -> 30;
            case "TiB" -> 40;
            default -> 0;
        };
        long number = Long.parseLong(matcher.group(1));
        return number <= Long.MAX_VALUE >> shift ? Optional.of(number << shift) : Optional.empty();
    }

    private static Optional<Duration> time(String text) {
        Matcher matcher = DURATION.matcher(text);
        if (matcher.matches()) {
            long number = Long.parseLong(matcher.group(1));
            return Optional.of(
                    switch (matcher.group(2)) {
                        case "ms" -> Duration.ofMillis(number);
                        case "s" -> Duration.ofSeconds(number);
                        case "m" -> Duration.ofMinutes(number);
                        default -> Duration.ofHours(number);
                    });
        }
        try {
            return Optional.of(Duration.parse(text));
        } catch (DateTimeParseException e) {
            return Optional.empty();
        }
    }

    private static String shown(Duration time) {
        if (time.toMillisPart() != 0) {
            return time.toMillis() + "ms";
        }
        if (time.toSecondsPart() != 0) {
            return time.toSeconds() + "s";
        }
        return time.toMinutesPart() != 0 ? time.toMinutes() + "m" : time.toHours() + "h";
    }

    private static String word(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT);
    }

    private static boolean printable(String text) {
        Predicate<Integer> control = Character::isISOControl;
        return text.codePoints().boxed().noneMatch(control);
    }
}
