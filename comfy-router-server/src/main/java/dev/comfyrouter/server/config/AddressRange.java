package dev.comfyrouter.server.config;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// A block of IP addresses in CIDR notation, such as `10.0.0.0/8`; a single address is a block of one.
///
/// @param network the address before the slash
/// @param bits how many leading bits are fixed: 0 to 32 for IPv4, 0 to 128 for IPv6
public record AddressRange(InetAddress network, int bits) {
    private static final Pattern CIDR = Pattern.compile("([0-9A-Fa-f.:]+)(?:/(\\d{1,3}))?");
    private static final Pattern IPV4 = Pattern.compile("\\d{1,3}(\\.\\d{1,3}){3}");

    /// Reads `address` or `address/bits`; empty when the text is anything else. Never asks a name server.
    public static Optional<AddressRange> parse(String text) {
        Matcher matcher = CIDR.matcher(text);
        if (!matcher.matches()) {
            return Optional.empty();
        }
        Optional<String> length = Optional.ofNullable(matcher.group(2));
        return literal(matcher.group(1)).flatMap(address -> {
            int all = address.getAddress().length * 8;
            int bits = length.map(Integer::parseInt).orElse(all);
            return bits <= all ? Optional.of(new AddressRange(address, bits)) : Optional.empty();
        });
    }

    /// Whether the address lies in this block. An IPv4 address never lies in an IPv6 block, nor the other way round.
    public boolean contains(InetAddress address) {
        byte[] ours = network.getAddress();
        byte[] theirs = address.getAddress();
        if (ours.length != theirs.length) {
            return false;
        }
        int whole = bits / 8;
        for (int i = 0; i < whole; i++) {
            if (ours[i] != theirs[i]) {
                return false;
            }
        }
        int rest = bits % 8;
        int mask = 0xff << (8 - rest) & 0xff;
        return rest == 0 || (ours[whole] & mask) == (theirs[whole] & mask);
    }

    @Override
    public String toString() {
        return network.getHostAddress() + "/" + bits;
    }

    private static Optional<InetAddress> literal(String text) {
        if (!text.contains(":") && !IPV4.matcher(text).matches()) {
            return Optional.empty();
        }
        try {
            // Four numbers or a colon: getByName reads these as an address and never looks a name up.
            return validIpv4(text) ? Optional.of(InetAddress.getByName(text)) : Optional.empty();
        } catch (UnknownHostException e) {
            return Optional.empty();
        }
    }

    private static boolean validIpv4(String text) {
        if (text.contains(":")) {
            return true;
        }
        for (String part : text.split("\\.", -1)) {
            if (Integer.parseInt(part) > 255) {
                return false;
            }
        }
        return true;
    }
}
