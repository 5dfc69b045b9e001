package dev.comfyrouter.server.http;

import dev.comfyrouter.server.config.AddressRange;
import io.helidon.http.HeaderNames;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.http.ServerRequest;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// Where a request comes from: the peer, or what a trusted proxy says of it.
///
/// @param address the nearest address that is not a trusted proxy
/// @param forwarded whether somebody who is not trusted says that the request comes from elsewhere
record Source(InetAddress address, boolean forwarded) {
    private static final AddressRange UNIQUE_LOCAL =
            AddressRange.parse("fc00::/7").orElseThrow();

    static Source of(ServerRequest request, List<AddressRange> trusted) {
        InetAddress peer =
                peer(request).orElseThrow(() -> new CloseConnectionException("the peer has gone before it was served"));
        List<String> told = request.headers().values(HeaderNames.X_FORWARDED_FOR).stream()
                .flatMap(value -> Arrays.stream(value.split(",", -1)))
                .map(String::strip)
                .toList();
        if (!isIn(trusted, peer)) {
            return new Source(peer, !told.isEmpty() || request.headers().contains(HeaderNames.FORWARDED));
        }
        InetAddress nearest = peer;
        for (int i = told.size() - 1; i >= 0; i--) {
            Optional<InetAddress> address = AddressRange.parse(told.get(i)).map(AddressRange::network);
            if (address.isEmpty()) {
                return new Source(nearest, true);
            }
            nearest = address.get();
            if (!isIn(trusted, nearest)) {
                return new Source(nearest, i > 0);
            }
        }
        return new Source(nearest, false);
    }

    /// The other end of the connection; empty when that is closed already.
    static Optional<InetAddress> peer(ServerRequest request) {
        return Optional.ofNullable((InetSocketAddress) request.remotePeer().address())
                .map(InetSocketAddress::getAddress);
    }

    /// Loopback or private: an address that does not come from the internet.
    boolean isLocal() {
        return !forwarded
                && (address.isLoopbackAddress()
                        || address.isSiteLocalAddress()
                        || address.isLinkLocalAddress()
                        || UNIQUE_LOCAL.contains(address));
    }

    /// Those who can choose among many addresses count as one: an IPv6 network of 64 bits.
    String key() {
        if (address instanceof Inet6Address) {
            byte[] bytes = address.getAddress();
            return Arrays.toString(
                    Stream.of(0, 1, 2, 3, 4, 5, 6, 7).mapToInt(i -> bytes[i]).toArray());
        }
        return address.getHostAddress();
    }

    private static boolean isIn(List<AddressRange> ranges, InetAddress address) {
        return ranges.stream().anyMatch(range -> range.contains(address));
    }
}
