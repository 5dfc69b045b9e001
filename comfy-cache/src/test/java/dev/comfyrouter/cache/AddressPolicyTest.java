package dev.comfyrouter.cache;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AddressPolicyTest {

    private static AddressPolicy allowing(String... entries) {
        var problems = new ArrayList<String>();
        var policy = AddressPolicy.of(List.of(entries), problems);
        assertThat(problems).isEmpty();
        return policy;
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "127.0.0.1",
                "127.255.255.254",
                "0.0.0.0",
                "0.1.2.3",
                "10.0.0.1",
                "172.16.0.1",
                "172.31.255.255",
                "192.168.1.1",
                "100.64.0.1",
                "100.127.255.255",
                "169.254.169.254",
                "192.0.0.8",
                "192.0.2.1",
                "198.18.0.1",
                "198.51.100.7",
                "203.0.113.7",
                "224.0.0.1",
                "240.0.0.1",
                "255.255.255.255",
                "::",
                "::1",
                "fc00::1",
                "fd12:3456::1",
                "fe80::1",
                "fec0::1",
                "ff02::1",
                "2001:db8::1",
                "2001::1",
                "100::1",
                "::ffff:127.0.0.1",
                "::ffff:10.0.0.1",
                "::127.0.0.1",
                "64:ff9b::7f00:1",
                "64:ff9b::a9fe:a9fe",
                "64:ff9b:1::1",
                "2002:7f00:1::1",
                "2002:a00:1::",
                "4000::1"
            })
    void addressesThatAreNotPublicAreRefused(String address) throws Exception {
        assertThat(allowing().refusal("host.example", InetAddress.getByName(address)))
                .isPresent();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "1.1.1.1",
                "8.8.8.8",
                "93.184.216.34",
                "100.63.255.255",
                "100.128.0.1",
                "172.15.255.255",
                "172.32.0.1",
                "192.167.1.1",
                "2606:4700::1111",
                "2a00:1450:4001::200e",
                "64:ff9b::808:808",
                "2002:808:808::1"
            })
    void publicAddressesAreNot(String address) throws Exception {
        assertThat(allowing().refusal("host.example", InetAddress.getByName(address)))
                .isEmpty();
    }

    @Test
    void theAllowListTakesHostsAddressesAndRanges() throws Exception {
        var policy = allowing("mirror.lan", "*.corp.example", "10.1.0.0/16", "192.168.7.7", "fd00:1::/32");
        assertThat(policy.refusal("mirror.lan", InetAddress.getByName("10.9.9.9")))
                .isEmpty();
        assertThat(policy.refusal("Mirror.LAN.", InetAddress.getByName("10.9.9.9")))
                .isEmpty();
        assertThat(policy.refusal("a.corp.example", InetAddress.getByName("10.9.9.9")))
                .isEmpty();
        assertThat(policy.refusal("evilcorp.example", InetAddress.getByName("10.9.9.9")))
                .isPresent();
        assertThat(policy.refusal("x", InetAddress.getByName("10.1.255.1"))).isEmpty();
        assertThat(policy.refusal("x", InetAddress.getByName("10.2.0.1"))).isPresent();
        assertThat(policy.refusal("x", InetAddress.getByName("192.168.7.7"))).isEmpty();
        assertThat(policy.refusal("x", InetAddress.getByName("192.168.7.8"))).isPresent();
        assertThat(policy.refusal("x", InetAddress.getByName("fd00:1::7"))).isEmpty();
    }

    @Test
    void addressesOfThisMachineAreNotPublicForItself() throws Exception {
        var own = InetAddress.getByName("93.184.216.34");
        var policy = allowing().onMachineWith(List.of(own));
        assertThat(policy.refusal("x", own)).isPresent();
        assertThat(allowing("93.184.216.34").onMachineWith(List.of(own)).refusal("x", own))
                .isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"10.0.0.0/33", "10.0.0.0/x", "300.1.1.1", "::/129", "", "a/8"})
    void anEntryThatIsNoneOfTheseIsNamed(String entry) {
        var problems = new ArrayList<String>();
        AddressPolicy.of(List.of(entry), problems);
        assertThat(problems).hasSize(1);
    }
}
