package dev.comfyrouter.cache;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.text.Normalizer;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/// Names of files that are safe on every system that ComfyUI runs on. Pure.
final class FileNames {

    static final int MAX_BYTES = 200;

    /// The extensions that ComfyUI lists in its model folders, and that of the GGUF loaders.
    static final Set<String> MODEL_EXTENSIONS =
            Set.of(".safetensors", ".sft", ".ckpt", ".pt", ".pt2", ".bin", ".pth", ".pkl", ".gguf");

    static final Set<String> PICKLE_EXTENSIONS = Set.of(".ckpt", ".pt", ".pt2", ".bin", ".pth", ".pkl");

    private static final Pattern RESERVED = Pattern.compile(
            "(?i)(con|prn|aux|nul|conin\\$|conout\\$|com[0-9\\u00b9\\u00b2\\u00b3]|lpt[0-9\\u00b9\\u00b2\\u00b3])( *\\..*)?");
    private static final Pattern EXTENSION = Pattern.compile("\\.[A-Za-z0-9]{1,12}");
    private static final Pattern EXTENDED =
            Pattern.compile("(?i);\\s*filename\\*\\s*=\\s*([A-Za-z0-9!#$&+^_`{}~-]+)'[^']*'([^;\\s]*)");
    private static final Pattern QUOTED = Pattern.compile("(?i);\\s*filename\\s*=\\s*\"((?:[^\"\\\\]|\\\\.)*)\"");
    private static final Pattern TOKEN = Pattern.compile("(?i);\\s*filename\\s*=\\s*([^\"\\s;][^;]*)");

    private FileNames() {}

    /// Why a name may not be given to a link, empty if it may.
    static Optional<String> problem(String name) {
        if (name.isEmpty()) {
            return Optional.of("it is empty");
        }
        if (name.getBytes(StandardCharsets.UTF_8).length > MAX_BYTES) {
            return Optional.of("it is longer than " + MAX_BYTES + " bytes");
        }
        if (!Normalizer.isNormalized(name, Normalizer.Form.NFC)) {
            return Optional.of("it is not in Unicode's composed form (NFC)");
        }
        if (name.startsWith(".") || name.startsWith("-") || name.startsWith(" ")) {
            return Optional.of("it starts with a dot, a hyphen or a space");
        }
        if (name.endsWith(".") || name.endsWith(" ")) {
            return Optional.of("it ends with a dot or a space");
        }
        if (RESERVED.matcher(name).matches()) {
            return Optional.of("Windows reserves it for a device");
        }
        return name.codePoints()
                .filter(point -> !isAllowed(point))
                .mapToObj(point -> String.format(Locale.ROOT, "it holds U+%04X", point))
                .findFirst();
    }

    /// Letters and digits of every script, spaces, and punctuation that no shell, path or file system gives a
    /// meaning.
    private static boolean isAllowed(int point) {
        return switch (Character.getType(point)) {
            case Character.UPPERCASE_LETTER,
                    Character.LOWERCASE_LETTER,
                    Character.TITLECASE_LETTER,
                    Character.MODIFIER_LETTER,
                    Character.OTHER_LETTER,
                    Character.NON_SPACING_MARK,
                    Character.COMBINING_SPACING_MARK,
                    Character.DECIMAL_DIGIT_NUMBER -> true;
            default -> " ._-+=@()[]{},&!#~".indexOf(point) >= 0;
        };
    }

    /// The nearest safe name: what is not allowed becomes `_`. Never empty, at most `maxBytes` long.
    static String safe(String wanted, int maxBytes) {
        var cut = Math.max(wanted.lastIndexOf('/'), wanted.lastIndexOf('\\'));
        var composed = Normalizer.normalize(wanted.substring(cut + 1), Normalizer.Form.NFC);
        var out = new StringBuilder();
        composed.codePoints().forEach(point -> out.appendCodePoint(isAllowed(point) ? point : '_'));
        while (!out.isEmpty() && ".- ".indexOf(out.charAt(0)) >= 0) {
            out.deleteCharAt(0);
        }
        while (out.toString().getBytes(StandardCharsets.UTF_8).length > maxBytes) {
            out.setLength(out.offsetByCodePoints(out.length(), -1));
        }
        while (!out.isEmpty() && ". ".indexOf(out.charAt(out.length() - 1)) >= 0) {
            out.setLength(out.length() - 1);
        }
        if (out.isEmpty()) {
            return "file";
        }
        var name = Normalizer.normalize(out, Normalizer.Form.NFC);
        return RESERVED.matcher(name).matches() ? "_" + name : name;
    }

    /// The extension with its dot, in lower case; empty for none.
    static String extension(String name) {
        var dot = name.lastIndexOf('.');
        if (dot <= 0 || !EXTENSION.matcher(name.substring(dot)).matches()) {
            return "";
        }
        return name.substring(dot).toLowerCase(Locale.ROOT);
    }

    static String stem(String name) {
        return name.substring(0, name.length() - extension(name).length());
    }

    static boolean isPickle(String name) {
        return PICKLE_EXTENSIONS.contains(extension(name));
    }

    /// The name under which a file is linked: no two contents share it.
    static String linkName(String name, String sha256) {
        var extension = extension(name);
        var suffix = "-" + sha256.substring(0, 8) + extension;
        return safe(stem(name), MAX_BYTES - suffix.length()) + suffix;
    }

    /// The file name of `Content-Disposition` as RFC 6266 and RFC 5987 write it: the extended form wins.
    static Optional<String> fromDisposition(String header) {
        var value = ";" + header;
        var extended = EXTENDED.matcher(value);
        if (extended.find()) {
            var charset = extended.group(1).toLowerCase(Locale.ROOT);
            if (charset.equals("utf-8")) {
                return named(Escapes.decode(extended.group(2)));
            }
            if (charset.equals("iso-8859-1")) {
                return named(Escapes.decode(extended.group(2), StandardCharsets.ISO_8859_1));
            }
        }
        var quoted = QUOTED.matcher(value);
        if (quoted.find()) {
            return named(utf8(quoted.group(1).replaceAll("\\\\(.)", "$1")));
        }
        var token = TOKEN.matcher(value);
        return token.find() ? named(utf8(token.group(1).strip())) : Optional.empty();
    }

    /// Header bytes reach us as ISO 8859-1; many servers put UTF-8 there.
    private static String utf8(String header) {
        if (header.chars().anyMatch(c -> c > 255)) {
            return header;
        }
        var bytes = header.getBytes(StandardCharsets.ISO_8859_1);
        var decoded = new String(bytes, StandardCharsets.UTF_8);
        return decoded.indexOf('\uFFFD') >= 0 ? header : decoded;
    }

    private static Optional<String> named(String raw) {
        var safe = safe(raw, MAX_BYTES);
        return safe.equals("file") && !raw.equals("file") ? Optional.empty() : Optional.of(safe);
    }

    /// The name that a URL suggests: what it overrides `Content-Disposition` with, else the last part of its
    /// path.
    static Optional<String> fromUrl(URI url) {
        var query = url.getRawQuery() == null ? "" : url.getRawQuery();
        for (var parameter : query.split("&", -1)) {
            if (parameter.startsWith("response-content-disposition=")) {
                var value = Escapes.decode(
                        parameter.substring(parameter.indexOf('=') + 1).replace('+', ' '));
                var name = fromDisposition(value);
                if (name.isPresent()) {
                    return name;
                }
            }
        }
        var path = url.getRawPath() == null ? "" : url.getRawPath();
        return named(Escapes.decode(path.substring(path.lastIndexOf('/') + 1)));
    }

    /// The best name for a file: the caller's, the server's, the URL's; the extension from the first of them
    /// that has one that fits.
    static String choose(FileKind kind, Optional<String> caller, Optional<String> server, URI url, String sniffed) {
        var fromUrl = fromUrl(url);
        var stem = caller.map(name -> safe(name, MAX_BYTES))
                .or(() -> server)
                .or(() -> fromUrl)
                .orElse("file");
        if (fits(kind, extension(stem))) {
            return stem;
        }
        for (var candidate : new Optional<?>[] {server, fromUrl}) {
            var extension = candidate.map(name -> extension((String) name)).orElse("");
            if (fits(kind, extension)) {
                return withExtension(stem, extension);
            }
        }
        return withExtension(stem, sniffed);
    }

    private static boolean fits(FileKind kind, String extension) {
        return kind == FileKind.MODEL ? MODEL_EXTENSIONS.contains(extension) : !extension.isEmpty();
    }

    private static String withExtension(String stem, String extension) {
        return stem.endsWith(extension) ? stem : safe(stem, MAX_BYTES - extension.length()) + extension;
    }
}
