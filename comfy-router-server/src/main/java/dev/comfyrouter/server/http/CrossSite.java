package dev.comfyrouter.server.http;

import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.helidon.webserver.http.Filter;
import io.helidon.webserver.http.FilterChain;
import io.helidon.webserver.http.RoutingRequest;
import io.helidon.webserver.http.RoutingResponse;
import java.util.Optional;
import java.util.Set;

/// Refuses requests that another web site makes a browser send: they carry the operator's credentials.
final class CrossSite implements Filter {
    private static final HeaderName FETCH_SITE = HeaderNames.create("Sec-Fetch-Site");
    private static final Set<String> SAFE = Set.of("GET", "HEAD", "OPTIONS");

    @Override
    public void filter(FilterChain chain, RoutingRequest request, RoutingResponse response) {
        if (!SAFE.contains(request.prologue().method().text()) && !allowed(request)) {
            throw Refusal.forbidden(
                    "The request comes from another web site",
                    "Requests that change something are taken from this router's own pages and from programs only.");
        }
        chain.proceed();
    }

    private static boolean allowed(RoutingRequest request) {
        Optional<String> site = request.headers().first(FETCH_SITE);
        if (site.isPresent()) {
            return site.get().equals("same-origin") || site.get().equals("none");
        }
        // Browsers leave Sec-Fetch-Site out on plain HTTP; programs send neither header.
        Optional<String> origin = request.headers().first(HeaderNames.ORIGIN);
        return origin.isEmpty()
                || request.headers()
                        .first(HeaderNames.HOST)
                        .filter(host -> origin.get().equals("http://" + host)
                                || origin.get().equals("https://" + host))
                        .isPresent();
    }
}
