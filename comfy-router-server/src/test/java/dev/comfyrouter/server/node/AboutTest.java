package dev.comfyrouter.server.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.comfyrouter.client.Version;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AboutTest {
    @ParameterizedTest
    @CsvSource({
        "2.4.0, true",
        "2.4.1+cu121, true",
        "2.13.0 (simulated), true",
        "2.9.0a0+git1234, true",
        "3.0, true",
        "2.3.1+cu118, false",
        "1.13.1, false",
        "'', false",
        "nightly, false"
    })
    void picklesAreSafeFromPyTorchTwoPointFourOn(String pytorch, boolean safe) {
        assertThat(new About(Version.OLDEST_SUPPORTED, pytorch, List.of(), Optional.empty()).loadsPicklesSafely())
                .isEqualTo(safe);
    }
}
