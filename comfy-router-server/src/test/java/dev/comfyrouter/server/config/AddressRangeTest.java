package dev.comfyrouter.server.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.UnknownHostException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class AddressRangeTest {
    @ParameterizedTest
    @CsvSource({
        "10.0.0.0/8,      10.255.1.2,   true",
        "10.0.0.0/8,      11.0.0.0,     false",
        "192.168.4.0/22,  192.168.7.255,true",
        "192.168.4.0/22,  192.168.8.0,  false",
        "127.0.0.1,       127.0.0.1,    true",
        "127.0.0.1,       127.0.0.2,    false",
        "0.0.0.0/0,       8.8.8.8,      true",
        "0.0.0.0/0,       ::1,          false",
        "fd00::/8,        fdff::1,      true",
        "fd00::/8,        fe00::1,      false",
        "::1,             ::1,          true",
        "2001:db8::/33,   2001:db8:8000::,false",
    })
    void aBlockContainsTheAddressesWithItsLeadingBits(String range, String address, boolean contained)
            throws UnknownHostException {
        assertThat(AddressRange.parse(range).orElseThrow().contains(InetAddress.getByName(address)))
                .isEqualTo(contained);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "localhost",
                "10.0.0.0/33",
                "10.0.0/8",
                "10.0.0.256",
                "::1/129",
                ":::",
                "10.0.0.0/",
                "/8",
                "1",
                "10.0.0.0/8/8",
                "fe80::1%eth0",
                "::g"
            })
    void anythingElseIsNotABlock(String text) {
        assertThat(AddressRange.parse(text)).isEmpty();
    }
}
