package dev.comfyrouter.workflows;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/// The addresses from which models and pictures may come.
final class WebAddress {
    private static final Pattern WITH_SCHEME = Pattern.compile("[A-Za-z][A-Za-z0-9+.-]*://.*", Pattern.DOTALL);
    private static final int LONGEST = 8000;

    private WebAddress() {}

    static boolean looksLikeOne(String text) {
        return WITH_SCHEME.matcher(text).matches();
    }

    /// @throws IllegalArgumentException with a sentence that says what is wrong
    static URI parse(String text) {
        if (text.length() > LONGEST)
            throw new IllegalArgumentException("the URL is longer than " + LONGEST + " characters");
        try {
            var url = new URI(text);
            problem(url).ifPresent(problem -> {
                throw new IllegalArgumentException(problem);
            });
            return url;
        } catch (URISyntaxException malformed) {
            // The exception's message repeats the whole text, which may hold a token.
            throw new IllegalArgumentException(
                    "this is not a URL (" + malformed.getReason() + " at position " + malformed.getIndex()
                            + "); encode spaces and other special characters",
                    malformed);
        }
    }

    static Optional<String> problem(URI url) {
        var scheme = url.getScheme() == null ? "" : url.getScheme().toLowerCase(Locale.ROOT);
        if (!scheme.equals("http") && !scheme.equals("https"))
            return Optional.of(
                    "a URL starts with https:// or http://" + (scheme.isEmpty() ? "" : ", not " + scheme + ":"));
        if (url.getHost() == null || url.getHost().isEmpty()) return Optional.of("the URL names no host");
        if (url.getPort() > 65535 || url.getPort() == 0) return Optional.of("the URL's port is not 1 to 65535");
        return Optional.empty();
    }

    /// The address without user info, query and fragment: each may hold a token.
    static String withoutSecrets(URI url) {
        var port = url.getPort() < 0 ? "" : ":" + url.getPort();
        var path = url.getRawPath() == null ? "" : url.getRawPath();
        return url.getScheme() + "://" + url.getHost() + port + path;
    }
}
