package dev.comfyrouter.server.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URI;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class NodeUrlTest {
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    gpu-1                          | http://gpu-1:8188/
                    gpu-1:9000                     | http://gpu-1:9000/
                    GPU-1                          | http://gpu-1:8188/
                    '  http://gpu-1:8188  '        | http://gpu-1:8188/
                    http://gpu-1:8188/             | http://gpu-1:8188/
                    HTTP://Gpu-1:8188              | http://gpu-1:8188/
                    http://gpu-1                   | http://gpu-1/
                    http://gpu-1:80                | http://gpu-1/
                    https://gpu-1:443              | https://gpu-1/
                    https://gpu-1:80               | https://gpu-1:80/
                    https://farm.example/comfy     | https://farm.example/comfy/
                    https://farm.example/a/../b/   | https://farm.example/b/
                    https://farm.example/a//b      | https://farm.example/a/b/
                    gpu-1/comfy                    | http://gpu-1:8188/comfy/
                    192.168.0.7                    | http://192.168.0.7:8188/
                    [fd00::7]:8188                 | http://[fd00::7]:8188/
                    http://user:pass@gpu-1:8188/   | http://gpu-1:8188/
                    """)
    void anAddressIsKeptInOneSpelling(String typed, String kept) {
        assertThat(NodeUrl.parse(typed).uri()).hasToString(kept);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    ftp://gpu-1            | only http and https are spoken
                    file:///etc/passwd     | only http and https are spoken
                    http://                | Expected authority
                    http://:8188           | it has no host
                    http://gpu_1:8188      | it has no host
                    http://gpu-1:0         | the port must be 1 to 65535
                    http://gpu-1:70000     | the port must be 1 to 65535
                    http://gpu-1/?a=1      | a query or fragment has no meaning here
                    http://gpu-1/#a        | a query or fragment has no meaning here
                    http:/gpu-1            | two slashes are missing after the scheme
                    https:gpu-1            | two slashes are missing after the scheme
                    http:                  | two slashes are missing after the scheme
                    two words              | Illegal character
                    """)
    void whatIsNoAddressIsRefusedWithTheReason(String typed, String reason) {
        assertThatThrownBy(() -> NodeUrl.parse(typed))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(reason)
                .hasMessageContaining("write http://host:port");
    }

    @Test
    void theNameAndPasswordOfAnAddressBecomeAHeaderAndAreNotShown() {
        NodeUrl url = NodeUrl.parse("http://us%20er:p%40ss@gpu-1:8188");

        assertThat(url.authorization()).hasValue("Basic dXMgZXI6cEBzcw==");
        assertThat(url.uri().toString()).doesNotContain("us");
        assertThatThrownBy(() -> NodeUrl.parse("http://user:pass@gpu-1:0"))
                .hasMessageContaining("//…@gpu-1:0")
                .message()
                .doesNotContain("pass");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    http://localhost:8188/    | http://127.0.0.1:8188/
                    http://localhost:8188/    | http://127.1.2.3:8188/
                    http://localhost:8188/    | http://[::1]:8188/
                    http://localhost/         | http://127.0.0.1:80/
                    http://192.0.2.7:8188/    | http://192.0.2.7:8188/
                    http://nobody.invalid/a/  | http://nobody.invalid/a/
                    """)
    void sameSchemeAddressPortAndPathAreTheSameServer(URI one, URI other) {
        assertThat(NodeUrl.sameServer(one, other)).isTrue();
        assertThat(NodeUrl.sameServer(other, one)).isTrue();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    http://localhost:8188/    | http://localhost:8189/
                    http://localhost:8188/    | https://localhost:8188/
                    http://localhost:8188/a/  | http://localhost:8188/b/
                    http://localhost:8188/    | http://localhost:8188/a/
                    http://192.0.2.7:8188/    | http://192.0.2.8:8188/
                    http://nobody.invalid/    | http://somebody.invalid/
                    """)
    void anythingElseIsAnotherServer(URI one, URI other) {
        assertThat(NodeUrl.sameServer(one, other)).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "\t"})
    void nothingIsNoAddress(String typed) {
        assertThatThrownBy(() -> NodeUrl.parse(typed)).isInstanceOf(IllegalArgumentException.class);
    }
}
