package dev.comfyrouter.cache;

import java.net.URI;
import java.util.Locale;

/// Scheme, host and port: who gets to see credentials.
record Origin(String scheme, String host, int port) {

    static Origin of(URI url) {
        var scheme = url.getScheme().toLowerCase(Locale.ROOT);
        var port = url.getPort() >= 0 ? url.getPort() : scheme.equals("https") ? 443 : 80;
        return new Origin(scheme, url.getHost().toLowerCase(Locale.ROOT), port);
    }
}
