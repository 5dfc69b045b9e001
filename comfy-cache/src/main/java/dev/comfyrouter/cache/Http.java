package dev.comfyrouter.cache;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.locks.ReentrantLock;
import org.apache.hc.client5.http.DnsResolver;
import org.apache.hc.client5.http.classic.methods.HttpGet;
import org.apache.hc.client5.http.config.ConnectionConfig;
import org.apache.hc.client5.http.config.RequestConfig;
import org.apache.hc.client5.http.impl.classic.CloseableHttpClient;
import org.apache.hc.client5.http.impl.classic.HttpClients;
import org.apache.hc.client5.http.impl.io.ManagedHttpClientConnectionFactory;
import org.apache.hc.client5.http.impl.io.PoolingHttpClientConnectionManagerBuilder;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.HttpHost;
import org.apache.hc.core5.http.config.Http1Config;
import org.apache.hc.core5.http.io.SocketConfig;
import org.apache.hc.core5.io.CloseMode;
import org.apache.hc.core5.util.TimeValue;
import org.apache.hc.core5.util.Timeout;
import org.jspecify.annotations.Nullable;

/// One GET through all its redirects, over Apache HttpClient: each hop checked, each credential bound to its
/// host.
///
/// The address that was checked is the address that is connected to: the check sits in the resolver that the
/// connection itself uses, so a second look-up, which could answer differently, does not exist.
final class Http implements AutoCloseable {

    private static final int MAX_HEADERS = 100;
    private static final int MAX_LINE = 32 * 1024;
    private static final int SMALL_BODY = 16 * 1024;

    private final CacheSettings settings;
    private final Tokens tokens;
    private final AddressPolicy addresses;
    private final Hooks.Names names;
    private final InstantSource clock;
    private final Duration headerTimeout;
    private final ReentrantLock lock = new ReentrantLock();

    /// Made for the first download: with it Java reads all certificates that it trusts, which a start need not wait
    /// for. Guarded by `lock`.
    private @Nullable CloseableHttpClient client;

    private boolean closed; // Guarded by `lock`.

    Http(CacheSettings settings, List<InetAddress> ownAddresses) {
        this.settings = settings;
        tokens = settings.tokens;
        addresses = settings.addresses.onMachineWith(ownAddresses);
        names = settings.hooks.names();
        clock = settings.clock;
        headerTimeout = settings.connectTimeout.plus(settings.stallTimeout);
    }

    private CloseableHttpClient client() throws IOException {
        lock.lock();
        try {
            if (closed) {
                throw new IOException("the cache is closed");
            }
            CloseableHttpClient present = client;
            if (present == null) {
                present = connect();
                client = present;
            }
            return present;
        } finally {
            lock.unlock();
        }
    }

    private CloseableHttpClient connect() {
        var stall = Timeout.of(settings.stallTimeout);
        var connections = PoolingHttpClientConnectionManagerBuilder.create()
                .setDnsResolver(new CheckedResolver())
                .setConnectionFactory(ManagedHttpClientConnectionFactory.builder()
                        .http1Config(Http1Config.custom()
                                .setMaxHeaderCount(MAX_HEADERS)
                                .setMaxLineLength(MAX_LINE)
                                .setBufferSize(64 * 1024)
                                .build())
                        .build())
                .setDefaultConnectionConfig(ConnectionConfig.custom()
                        .setConnectTimeout(Timeout.of(settings.connectTimeout))
                        .setSocketTimeout(stall)
                        .setTimeToLive(TimeValue.ofMinutes(2))
                        .build())
                .setDefaultSocketConfig(
                        SocketConfig.custom().setSoTimeout(stall).build())
                .setMaxConnTotal(settings.parallelDownloads * 2)
                .setMaxConnPerRoute(settings.parallelDownloads * 2)
                .build();
        return HttpClients.custom()
                .setConnectionManager(connections)
                .setDefaultRequestConfig(RequestConfig.custom()
                        .setResponseTimeout(stall)
                        .setConnectionRequestTimeout(stall)
                        .setProtocolUpgradeEnabled(false)
                        .build())
                .setUserAgent("comfy-cache")
                .disableRedirectHandling()
                .disableCookieManagement()
                .disableContentCompression()
                .disableAutomaticRetries()
                .disableAuthCaching()
                .disableConnectionState()
                .build();
    }

    /// @param callerHeaders for the first origin only
    /// @param fileHeaders for every hop: `Range` and its like
    /// @throws DownloadException.Forbidden if a hop may not be followed
    /// @throws IOException if a hop cannot be reached or does not speak HTTP
    Answer get(URI url, Map<String, String> callerHeaders, Map<String, String> fileHeaders, Call call)
            throws IOException, DownloadException {
        var display = UrlIdentity.withoutQuery(url);
        var current = Redirects.start(url);
        var first = Origin.of(current);
        var credentials = true;
        var linked = new Linked();
        for (var hops = 0; ; hops++) {
            var origin = Origin.of(current);
            credentials = credentials && origin.equals(first);
            var response = send(current, credentials ? callerHeaders : Map.of(), fileHeaders, call, display);
            var headers = headersOf(response);
            linked.read(headers);
            if (isRedirect(response.getCode())) {
                var location = headers.getOrDefault("location", List.of());
                discard(response, call);
                if (location.size() != 1) {
                    throw new DownloadException.Rejected(
                            DownloadException.Reason.REFUSED_BY_SERVER,
                            display,
                            response.getCode(),
                            display + ": HTTP " + response.getCode() + " without one Location");
                }
                current = Redirects.next(current, location.getFirst(), hops, display);
                continue;
            }
            var entity = response.getEntity();
            var body = entity == null ? InputStream.nullInputStream() : entity.getContent();
            return new Answer(
                    response.getCode(),
                    headers,
                    current,
                    origin.equals(first),
                    linked.sha256,
                    linked.size,
                    linked.disposition,
                    body,
                    () -> discard(response, call));
        }
    }

    private ClassicHttpResponse send(
            URI url, Map<String, String> callerHeaders, Map<String, String> fileHeaders, Call call, String display)
            throws IOException {
        var request = new HttpGet(url);
        callerHeaders.forEach(request::setHeader);
        fileHeaders.forEach(request::setHeader);
        request.setHeader("Accept", "*/*");
        request.setHeader("Accept-Encoding", "identity");
        var target = new HttpHost(url.getScheme(), url.getHost(), url.getPort());
        tokens.forHost(url.getHost())
                .filter(token -> url.getScheme().equals("https") || reachesAllowedHost(url.getHost()))
                .ifPresent(token -> request.setHeader("Authorization", "Bearer " + token));
        call.started(request, clock.millis() + headerTimeout.toMillis());
        try {
            return client().executeOpen(target, request, null);
        } catch (RefusedAddress e) {
            throw new DownloadException.Forbidden(
                    DownloadException.Reason.PRIVATE_ADDRESS,
                    display,
                    display + ": " + e.getMessage()
                            + "; allow it in the allow-list for private addresses if it is yours");
        } catch (IllegalArgumentException e) {
            throw new DownloadException.Forbidden(
                    DownloadException.Reason.BAD_URL, display, display + ": not a URL that can be asked for");
        } finally {
            call.answered();
        }
    }

    /// A token goes over plain http only to a host that the operator has named as one of the own network.
    private boolean reachesAllowedHost(String host) {
        try {
            for (var address : names.addresses(bare(host))) {
                if (!addresses.isAllowed(bare(host), address)) {
                    return false;
                }
            }
            return true;
        } catch (UnknownHostException e) {
            return false; // the request itself will say so
        }
    }

    private static boolean isRedirect(int status) {
        return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
    }

    private static Map<String, List<String>> headersOf(ClassicHttpResponse response) {
        var headers = new HashMap<String, List<String>>();
        for (var header : response.getHeaders()) {
            headers.computeIfAbsent(header.getName().toLowerCase(Locale.ROOT), name -> new ArrayList<>())
                    .add(header.getValue() == null ? "" : header.getValue());
        }
        return headers;
    }

    private static void discard(ClassicHttpResponse response, Call call) {
        var entity = response.getEntity();
        try {
            if (entity != null && (entity.getContentLength() < 0 || entity.getContentLength() > SMALL_BODY)) {
                call.drop(); // closing would read the rest
            }
            response.close();
        } catch (IOException e) {
            call.drop(); // nothing more is wanted from this connection
        }
    }

    private static String bare(String host) {
        return host.startsWith("[") && host.endsWith("]") ? host.substring(1, host.length() - 1) : host;
    }

    @Override
    public void close() {
        lock.lock();
        try {
            closed = true;
            if (client != null) {
                client.close(CloseMode.IMMEDIATE);
            }
        } finally {
            lock.unlock();
        }
    }

    /// What Hugging Face says on its own answer, before it redirects to the store that knows neither hash nor
    /// name.
    private static final class Linked {
        private Optional<String> sha256 = Optional.empty();
        private OptionalLong size = OptionalLong.empty();
        private Optional<String> disposition = Optional.empty();

        void read(Map<String, List<String>> headers) {
            first(headers, "x-linked-etag")
                    .map(etag -> etag.replace("\"", "").toLowerCase(Locale.ROOT))
                    .filter(etag -> etag.matches("[0-9a-f]{64}"))
                    .ifPresent(etag -> sha256 = Optional.of(etag));
            first(headers, "x-linked-size")
                    .filter(value -> value.matches("\\d{1,18}"))
                    .ifPresent(value -> size = OptionalLong.of(Long.parseLong(value)));
            first(headers, "content-disposition").ifPresent(value -> disposition = Optional.of(value));
        }

        private static Optional<String> first(Map<String, List<String>> headers, String name) {
            return Optional.ofNullable(headers.get(name)).map(List::getFirst);
        }
    }

    /// All addresses of a host were refused.
    private static final class RefusedAddress extends UnknownHostException {
        RefusedAddress(String message) {
            super(message);
        }
    }

    /// Looks a name up once and lets only the addresses through that may be connected to.
    private final class CheckedResolver implements DnsResolver {
        @Override
        public InetAddress[] resolve(String host) throws UnknownHostException {
            var name = bare(host);
            var permitted = new ArrayList<InetAddress>();
            var refusal = "";
            for (var address : names.addresses(name)) {
                var reason = addresses.refusal(name, address);
                if (reason.isEmpty()) {
                    permitted.add(address);
                } else {
                    refusal = address.getHostAddress() + " (" + reason.get() + ")";
                }
            }
            if (permitted.isEmpty()) {
                throw new RefusedAddress(name + " is not a public address: " + refusal);
            }
            return permitted.toArray(InetAddress[]::new);
        }

        @Override
        public String resolveCanonicalHostname(String host) {
            return host;
        }
    }
}
