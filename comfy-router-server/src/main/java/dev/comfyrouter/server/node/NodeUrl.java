package dev.comfyrouter.server.node;

import java.net.InetAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/// The address of a node in the one spelling that is kept, and the credentials that stood in it.
///
/// @param uri `http` or `https`, lower-case host, no default port, no user info, query or fragment, ends with
///     `/`
/// @param authorization the `Authorization` header made of the user info
public record NodeUrl(URI uri, Optional<String> authorization) {
    private static final int COMFYUI_PORT = 8188;

    /// Reads what an operator types: a URL, or `host`, or `host:port` (then `http`, and port 8188 unless
    /// given).
    ///
    /// @throws IllegalArgumentException with a sentence that says what is allowed
    public static NodeUrl parse(String text) {
        String typed = text.strip();
        boolean bare = !typed.contains("://");
        if (typed.matches("(?i)https?:/?[^/].*|(?i)https?:")) {
            throw refused(text, "two slashes are missing after the scheme");
        }
        try {
            URI parsed = new URI(bare ? "http://" + typed : typed);
            String scheme = parsed.getScheme().toLowerCase(Locale.ROOT);
            if (!scheme.equals("http") && !scheme.equals("https")) {
                throw refused(text, "only http and https are spoken");
            }
            if (parsed.getHost() == null) {
                throw refused(text, "it has no host");
            }
            if (parsed.getPort() == 0 || parsed.getPort() > 65_535) {
                throw refused(text, "the port must be 1 to 65535");
            }
            if (parsed.getRawQuery() != null || parsed.getRawFragment() != null) {
                throw refused(text, "a query or fragment has no meaning here");
            }
            return new NodeUrl(kept(parsed, scheme, bare), authorization(parsed));
        } catch (URISyntaxException malformed) {
            throw refused(text, malformed.getReason());
        }
    }

    private static URI kept(URI parsed, String scheme, boolean bare) throws URISyntaxException {
        int port = parsed.getPort() < 0 && bare ? COMFYUI_PORT : parsed.getPort();
        boolean isDefault = port < 0 || port == (scheme.equals("https") ? 443 : 80);
        String path = parsed.normalize().getRawPath();
        String ended = path == null || path.isEmpty() ? "/" : path.endsWith("/") ? path : path + "/";
        return new URI(
                scheme + "://" + parsed.getHost().toLowerCase(Locale.ROOT) + (isDefault ? "" : ":" + port) + ended);
    }

    private static Optional<String> authorization(URI parsed) {
        return Optional.ofNullable(parsed.getUserInfo())
                .map(user -> "Basic " + Base64.getEncoder().encodeToString(user.getBytes(StandardCharsets.UTF_8)));
    }

    private static IllegalArgumentException refused(String text, String reason) {
        String shown = text.replaceAll("//[^/@]*@", "//…@");
        return new IllegalArgumentException(
                "'" + shown + "' is no address of a node: " + reason + "; write http://host:port, or host:port");
    }

    /// Whether two addresses lead to the same server: same scheme, port and path, and a resolved address in
    /// common.
    public static boolean sameServer(URI a, URI b) {
        return a.equals(b)
                || (a.getScheme().equals(b.getScheme())
                        && port(a) == port(b)
                        && a.getRawPath().equals(b.getRawPath())
                        && addresses(a.getHost()).stream().anyMatch(addresses(b.getHost())::contains));
    }

    private static int port(URI uri) {
        return uri.getPort() >= 0 ? uri.getPort() : uri.getScheme().equals("https") ? 443 : 80;
    }

    /// The addresses of a host; all loopback addresses count as one.
    private static Set<String> addresses(String host) {
        try {
            return Arrays.stream(InetAddress.getAllByName(host))
                    .map(address -> address.isLoopbackAddress() ? "loopback" : address.getHostAddress())
                    .collect(Collectors.toSet());
        } catch (UnknownHostException unknown) {
            return Set.of(host); // not known now: only the same name is the same host
        }
    }
}
