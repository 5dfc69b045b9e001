package dev.comfyrouter.client;

import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/// Where a server is: scheme, host, port and the path in front of ComfyUI's own paths, without credentials.
final class BaseUrl {
    private final String prefix;
    private final Optional<String> credentials;

    private BaseUrl(String prefix, Optional<String> credentials) {
        this.prefix = prefix;
        this.credentials = credentials;
    }

    static BaseUrl of(URI url) {
        String scheme = url.getScheme() == null ? "" : url.getScheme().toLowerCase(Locale.ROOT);
        if (!scheme.equals("http") && !scheme.equals("https")) {
            throw refused(url, "must begin with http:// or https://");
        }
        if (url.getHost() == null) {
            throw refused(url, "names no host");
        }
        if (url.getRawQuery() != null || url.getRawFragment() != null) {
            throw refused(url, "must not have a query or a fragment");
        }
        String port = url.getPort() < 0 ? "" : ":" + url.getPort();
        String path = url.getRawPath();
        while (path.endsWith("/")) {
            path = path.substring(0, path.length() - 1);
        }
        Optional<String> credentials = Optional.ofNullable(url.getUserInfo())
                .map(user -> "Basic " + Base64.getEncoder().encodeToString(user.getBytes(StandardCharsets.UTF_8)));
        return new BaseUrl(scheme + "://" + url.getHost() + port + path, credentials);
    }

    private static IllegalArgumentException refused(URI url, String why) {
        return new IllegalArgumentException("the base URL of a ComfyUI server " + why + ": " + withoutUser(url));
    }

    private static String withoutUser(URI url) {
        String text = url.toString();
        return url.getRawUserInfo() == null ? text : text.replace(url.getRawUserInfo() + "@", "");
    }

    URI uri() {
        return URI.create(prefix.indexOf('/', "https://".length()) < 0 ? prefix + "/" : prefix);
    }

    /// The `Authorization` header that the URL's user info stands for.
    Optional<String> credentials() {
        return credentials;
    }

    /// The URL of one of ComfyUI's paths.
    ///
    /// @param path encoded already, with a leading slash
    URI resolve(String path) {
        return URI.create(prefix + path);
    }

    URI resolve(String path, Map<String, String> query) {
        return URI.create(prefix
                + path
                + query.entrySet().stream()
                        .map(parameter -> parameter.getKey() + "=" + encode(parameter.getValue()))
                        .collect(Collectors.joining("&", "?", "")));
    }

    /// The URL of the event stream.
    URI webSocket(String clientId) throws URISyntaxException {
        return new URI("ws" + prefix.substring("http".length()) + "/ws?clientId=" + encode(clientId));
    }

    /// A text as one segment of a path or as the value of a query parameter.
    static String encode(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }

    @Override
    public String toString() {
        return prefix;
    }
}
