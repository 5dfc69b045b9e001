package dev.comfyrouter.cache;

import java.net.IDN;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/// What makes two URLs the same file: everything but signatures, credentials and spelling.
///
/// Signatures are dropped as whole families only, and only where the family's marker is present, so that `?v=1`
/// and `?v=2`, or a lone `Expires`, still name two files.
///
/// @param canonical the URL without what does not tell files apart; never stored, for it may hold a query
/// @param key SHA-256 of the canonical URL with its parameters sorted, 64 hex digits
/// @param display the URL without query, credentials and fragment: what may be shown, logged and recorded
record UrlIdentity(String canonical, String key, String display) {

    private static final Set<String> AZURE =
            Set.of("sv", "se", "st", "sr", "sp", "spr", "sip", "sig", "sdd", "ss", "srt");

    static UrlIdentity of(URI url, List<Pattern> secretParameters) {
        var parts = Parts.of(url);
        var kept = kept(parts, secretParameters);
        var base = parts.base();
        var canonical = kept.isEmpty() ? base : base + "?" + String.join("&", kept);
        var sorted = kept.stream().sorted().toList();
        var forKey = sorted.isEmpty() ? base : base + "?" + String.join("&", sorted);
        return new UrlIdentity(canonical, sha256(forKey), base);
    }

    static String withoutQuery(URI url) {
        return Parts.of(url).base();
    }

    private static List<String> kept(Parts parts, List<Pattern> secretParameters) {
        var names = parts.parameters.stream().map(UrlIdentity::name).toList();
        List<Predicate<String>> dropped = new ArrayList<>();
        if (hasIgnoringCase(names, "X-Amz-Signature")) {
            dropped.add(
                    name -> startsWithIgnoringCase(name, "X-Amz-") || name.equals("x-id") || isResponseOverride(name));
        }
        if (names.contains("Signature") && names.contains("AWSAccessKeyId")) {
            dropped.add(name ->
                    Set.of("Signature", "AWSAccessKeyId", "Expires").contains(name) || isResponseOverride(name));
        }
        if (names.contains("Signature") && names.contains("Key-Pair-Id")) {
            dropped.add(name ->
                    Set.of("Signature", "Key-Pair-Id", "Policy", "Expires").contains(name) || isResponseOverride(name));
        }
        if (hasIgnoringCase(names, "X-Goog-Signature")) {
            dropped.add(name -> startsWithIgnoringCase(name, "X-Goog-") || isResponseOverride(name));
        }
        if (names.contains("Signature") && names.contains("GoogleAccessId")) {
            dropped.add(name ->
                    Set.of("Signature", "GoogleAccessId", "Expires").contains(name) || isResponseOverride(name));
        }
        if (names.contains("sig") && names.contains("sv")) {
            dropped.add(name -> AZURE.contains(name) || name.startsWith("sk"));
        }
        if (parts.host.equals("civitai.com") || parts.host.startsWith("civitai.") || parts.host.contains(".civitai.")) {
            dropped.add(name -> name.equals("token"));
        }
        for (var secret : secretParameters) {
            dropped.add(name -> secret.matcher(name).matches());
        }
        return parts.parameters.stream()
                .filter(parameter -> dropped.stream().noneMatch(family -> family.test(name(parameter))))
                .toList();
    }

    private static boolean isResponseOverride(String name) {
        return name.startsWith("response-content-");
    }

    private static boolean hasIgnoringCase(List<String> names, String wanted) {
        return names.stream().anyMatch(wanted::equalsIgnoreCase);
    }

    private static boolean startsWithIgnoringCase(String name, String prefix) {
        return name.regionMatches(true, 0, prefix, 0, prefix.length());
    }

    private static String name(String parameter) {
        var equals = parameter.indexOf('=');
        return equals < 0 ? parameter : parameter.substring(0, equals);
    }

    private static String sha256(String text) {
        return HexFormat.of().formatHex(Hashes.sha256().digest(text.getBytes(StandardCharsets.UTF_8)));
    }

    /// A URL taken apart. The JDK's parser is not asked for the host: it knows none that has `_` or a letter
    /// outside ASCII.
    private record Parts(String scheme, String host, String port, String path, List<String> parameters) {

        static Parts of(URI url) {
            var text = asciiOf(url.toString());
            var hash = text.indexOf('#');
            text = hash < 0 ? text : text.substring(0, hash);
            var colon = text.indexOf("://");
            var scheme = colon < 0 ? "" : text.substring(0, colon).toLowerCase(Locale.ROOT);
            var rest = colon < 0 ? text : text.substring(colon + 3);
            var question = rest.indexOf('?');
            var query = question < 0 ? "" : rest.substring(question + 1);
            rest = question < 0 ? rest : rest.substring(0, question);
            var slash = rest.indexOf('/');
            var authority = slash < 0 ? rest : rest.substring(0, slash);
            var path = slash < 0 ? "/" : rest.substring(slash);
            authority = authority.substring(authority.lastIndexOf('@') + 1);
            var portColon = authority.lastIndexOf(':');
            var hasPort = portColon > authority.lastIndexOf(']');
            var host = hostOf(hasPort ? authority.substring(0, portColon) : authority);
            var port = hasPort ? authority.substring(portColon + 1) : "";
            if (port.equals(scheme.equals("https") ? "443" : "80")) {
                port = "";
            }
            var parameters = query.isEmpty()
                    ? List.<String>of()
                    : List.of(query.split("&", -1)).stream()
                            .map(Parts::upperCaseEscapes)
                            .toList();
            return new Parts(scheme, host, port, withoutDots(upperCaseEscapes(path)), parameters);
        }

        String base() {
            return scheme + "://" + host + (port.isEmpty() ? "" : ":" + port) + path;
        }

        private static String hostOf(String raw) {
            var host = raw.endsWith(".") ? raw.substring(0, raw.length() - 1) : raw;
            if (host.startsWith("[")) {
                return host.toLowerCase(Locale.ROOT);
            }
            try {
                return IDN.toASCII(Escapes.decode(host), IDN.ALLOW_UNASSIGNED).toLowerCase(Locale.ROOT);
            } catch (IllegalArgumentException e) {
                return host.toLowerCase(Locale.ROOT); // not a name that DNS knows; it will not resolve either
            }
        }

        /// Letters outside ASCII as UTF-8 escapes.
        private static String asciiOf(String text) {
            return Escapes.encodeNonAscii(text);
        }

        private static String upperCaseEscapes(String text) {
            var out = new StringBuilder(text.length());
            for (var i = 0; i < text.length(); i++) {
                if (text.charAt(i) == '%' && i + 2 < text.length()) {
                    out.append(text.substring(i, i + 3).toUpperCase(Locale.ROOT));
                    i += 2;
                } else {
                    out.append(text.charAt(i));
                }
            }
            return out.toString();
        }

        private static String withoutDots(String path) {
            var segments = new ArrayList<String>();
            var all = path.substring(1).split("/", -1);
            for (var i = 0; i < all.length; i++) {
                var last = i == all.length - 1;
                if (all[i].equals(".") || all[i].equals("..")) {
                    if (all[i].equals("..") && !segments.isEmpty()) {
                        segments.removeLast();
                    }
                    if (last) {
                        segments.add("");
                    }
                } else {
                    segments.add(all[i]);
                }
            }
            return "/" + String.join("/", segments);
        }
    }
}
