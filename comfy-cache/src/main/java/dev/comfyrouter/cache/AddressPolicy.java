package dev.comfyrouter.cache;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// Which addresses a download may connect to: public ones, and those on the allow-list.
final class AddressPolicy {

    /// Everything in IANA's special-purpose registries that is not globally reachable, IPv6 ranges that carry
    /// an IPv4 address apart.
    private static final List<Range> SPECIAL = List.of(
            range("0.0.0.0/8", "this network"),
            range("10.0.0.0/8", "private"),
            range("100.64.0.0/10", "carrier-grade NAT"),
            range("127.0.0.0/8", "loopback"),
            range("169.254.0.0/16", "link-local, where clouds serve their metadata"),
            range("172.16.0.0/12", "private"),
            range("192.0.0.0/24", "protocol assignments"),
            range("192.0.2.0/24", "documentation"),
            range("192.31.196.0/24", "AS112"),
            range("192.52.193.0/24", "AMT"),
            range("192.88.99.0/24", "6to4 relay"),
            range("192.168.0.0/16", "private"),
            range("192.175.48.0/24", "AS112"),
            range("198.18.0.0/15", "benchmarks"),
            range("198.51.100.0/24", "documentation"),
            range("203.0.113.0/24", "documentation"),
            range("224.0.0.0/4", "multicast"),
            range("240.0.0.0/4", "reserved"),
            range("::/96", "unspecified, loopback or IPv4-compatible"),
            range("64:ff9b:1::/48", "local NAT64"),
            range("100::/64", "discard"),
            range("2001::/23", "protocol assignments, Teredo"),
            range("2001:db8::/32", "documentation"),
            range("3fff::/20", "documentation"),
            range("5f00::/16", "segment routing"),
            range("fc00::/7", "unique local"),
            range("fe80::/10", "link-local"),
            range("fec0::/10", "site-local"),
            range("ff00::/8", "multicast"));

    private final List<String> hosts;
    private final List<Range> allowed;
    private final List<InetAddress> own;

    private AddressPolicy(List<String> hosts, List<Range> allowed, List<InetAddress> own) {
        this.hosts = List.copyOf(hosts);
        this.allowed = List.copyOf(allowed);
        this.own = List.copyOf(own);
    }

    /// @param entries host names (`mirror.lan`, `*.lan`), addresses and CIDRs
    /// @param problems gets a sentence for each entry that is none of these
    static AddressPolicy of(List<String> entries, List<String> problems) {
        var hosts = new ArrayList<String>();
        var ranges = new ArrayList<Range>();
        for (var entry : entries) {
            if (entry.isBlank()) {
                problems.add("an allowed address is empty");
            } else if (entry.contains("/") || entry.contains(":") || entry.matches("[0-9.]+")) {
                try {
                    ranges.add(range(entry, "allowed"));
                } catch (IllegalArgumentException e) {
                    problems.add("'" + entry + "' is not a host, address or CIDR");
                }
            } else {
                hosts.add(normal(entry));
            }
        }
        return new AddressPolicy(hosts, ranges, List.of());
    }

    /// This policy for a machine that has these addresses: they are not public for itself, whatever range they
    /// are in.
    AddressPolicy onMachineWith(List<InetAddress> ownAddresses) {
        return new AddressPolicy(hosts, allowed, ownAddresses);
    }

    /// Why an address may not be connected to, empty if it may.
    ///
    /// @param host the name that led to the address, as the URL has it
    Optional<String> refusal(String host, InetAddress address) {
        if (isAllowed(host, address)) {
            return Optional.empty();
        }
        if (own.contains(address)) {
            return Optional.of("an address of this machine");
        }
        var bytes = address.getAddress();
        for (var special : SPECIAL) {
            if (special.contains(bytes)) {
                return Optional.of(special.what);
            }
        }
        var inner = embedded(bytes);
        if (inner.isEmpty() && bytes.length == 16 && (bytes[0] & 0xe0) != 0x20) {
            return Optional.of("not global unicast");
        }
        return inner.flatMap(address4 -> refusal(host, address4));
    }

    /// Whether an entry of the allow-list names this host or address.
    boolean isAllowed(String host, InetAddress address) {
        var name = normal(host);
        for (var entry : hosts) {
            if (entry.equals(name) || (entry.startsWith("*.") && name.endsWith(entry.substring(1)))) {
                return true;
            }
        }
        return allowed.stream().anyMatch(range -> range.contains(address.getAddress()));
    }

    private static String normal(String host) {
        var lower = host.toLowerCase(Locale.ROOT);
        return lower.endsWith(".") ? lower.substring(0, lower.length() - 1) : lower;
    }

    /// The IPv4 address that an IPv6 address stands for: NAT64 (64:ff9b::/96) and 6to4 (2002::/16). The JDK
    /// turns `::ffff:a.b.c.d` into an IPv4 address by itself.
    private static Optional<InetAddress> embedded(byte[] bytes) {
        if (bytes.length != 16) {
            return Optional.empty();
        }
        if (range("64:ff9b::/96", "").contains(bytes)) {
            return Optional.of(address(Arrays.copyOfRange(bytes, 12, 16)));
        }
        if (range("2002::/16", "").contains(bytes)) {
            return Optional.of(address(Arrays.copyOfRange(bytes, 2, 6)));
        }
        return Optional.empty();
    }

    private static InetAddress address(byte[] bytes) {
        try {
            return InetAddress.getByAddress(bytes);
        } catch (UnknownHostException e) {
            throw new IllegalStateException("4 or 16 bytes are an address", e);
        }
    }

    private static Range range(String cidr, String what) {
        var slash = cidr.indexOf('/');
        var literal = slash < 0 ? cidr : cidr.substring(0, slash);
        if (!literal.matches("[0-9.]+|[0-9a-fA-F:.]*:[0-9a-fA-F:.]*")) {
            throw new IllegalArgumentException(cidr);
        }
        try {
            var address = InetAddress.getByName(literal); // a literal: nothing is looked up
            var bits = address instanceof Inet4Address ? 32 : 128;
            var prefix = slash < 0 ? bits : Integer.parseInt(cidr.substring(slash + 1));
            if (prefix < 0 || prefix > bits) {
                throw new IllegalArgumentException(cidr);
            }
            return new Range(address.getAddress(), prefix, what);
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException(cidr, e);
        }
    }

    /// The addresses that share the first bits.
    private static final class Range {
        private final byte[] network;
        private final int prefix;
        private final String what;

        private Range(byte[] network, int prefix, String what) {
            this.network = network;
            this.prefix = prefix;
            this.what = what;
        }

        boolean contains(byte[] address) {
            if (address.length != network.length) {
                return false;
            }
            for (var bit = 0; bit < prefix; bit++) {
                var mask = 0x80 >> (bit & 7);
                if ((address[bit >> 3] & mask) != (network[bit >> 3] & mask)) {
                    return false;
                }
            }
            return true;
        }
    }
}
