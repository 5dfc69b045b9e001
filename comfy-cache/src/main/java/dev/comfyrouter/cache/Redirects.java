package dev.comfyrouter.cache;

import java.net.IDN;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.Locale;

/// Where a URL and a redirect may lead. Pure.
final class Redirects {

    /// As many as browsers of old followed.
    static final int MAX_HOPS = 10;

    private Redirects() {}

    /// The URL in a form that can be asked for: a known scheme, an ASCII host, no fragment, no credentials.
    ///
    /// @throws DownloadException.Forbidden if it is none that is fetched here
    static URI start(URI url) {
        var display = UrlIdentity.withoutQuery(url);
        try {
            return checked(Escapes.encodeNonAscii(url.toString()));
        } catch (URISyntaxException e) {
            throw new DownloadException.Forbidden(
                    DownloadException.Reason.BAD_URL,
                    display,
                    display + ": only http and https URLs with a host are fetched");
        }
    }

    /// The next URL.
    ///
    /// @param location the header as received: relative or absolute, perhaps with characters that a URL does
    ///     not have
    /// @param hops redirects followed before this one
    /// @throws DownloadException.Forbidden if it may not be followed
    static URI next(URI current, String location, int hops, String display) {
        if (hops >= MAX_HOPS) {
            throw bad(display, "more than " + MAX_HOPS + " redirects");
        }
        URI target;
        try {
            target = checked(current.resolve(new URI(withoutIllegalCharacters(location.strip())))
                    .toString());
        } catch (URISyntaxException | IllegalArgumentException e) {
            throw bad(display, "a redirect to something that is no http or https URL");
        }
        if (current.getScheme().equals("https") && !target.getScheme().equals("https")) {
            throw bad(display, "a redirect from https to http (" + target.getHost() + ")");
        }
        return target;
    }

    private static DownloadException bad(String display, String what) {
        return new DownloadException.Forbidden(
                DownloadException.Reason.BAD_REDIRECT, display, display + ": " + what + "; not followed");
    }

    private static URI checked(String text) throws URISyntaxException {
        var url = new URI(text);
        var scheme = url.getScheme() == null ? "" : url.getScheme().toLowerCase(Locale.ROOT);
        if (!scheme.equals("http") && !scheme.equals("https")) {
            throw new URISyntaxException("", "scheme");
        }
        var authority = url.getRawAuthority();
        if (authority == null) {
            throw new URISyntaxException("", "host");
        }
        var hostAndPort = asciiHost(authority.substring(authority.lastIndexOf('@') + 1));
        var path = url.getRawPath() == null || url.getRawPath().isEmpty() ? "/" : url.getRawPath();
        var query = url.getRawQuery() == null ? "" : "?" + url.getRawQuery();
        var clean = new URI(scheme + "://" + hostAndPort + path + query);
        if (clean.getHost() == null || clean.getHost().isEmpty() || clean.getPort() > 65535) {
            throw new URISyntaxException("", "host");
        }
        return clean;
    }

    private static String asciiHost(String hostAndPort) throws URISyntaxException {
        var decoded = Escapes.decode(hostAndPort);
        if (decoded.chars().allMatch(c -> c < 128)) {
            return decoded;
        }
        try {
            return IDN.toASCII(decoded, IDN.ALLOW_UNASSIGNED);
        } catch (IllegalArgumentException e) {
            throw new URISyntaxException("", "host");
        }
    }

    private static String withoutIllegalCharacters(String location) {
        var out = new StringBuilder(location.length());
        for (var i = 0; i < location.length(); i++) {
            var c = location.charAt(i);
            if (c <= ' ' || "\"<>\\^`{|}".indexOf(c) >= 0) {
                out.append('%').append(String.format(Locale.ROOT, "%02X", (int) c));
            } else {
                out.append(c);
            }
        }
        return Escapes.encodeNonAscii(out.toString());
    }
}
