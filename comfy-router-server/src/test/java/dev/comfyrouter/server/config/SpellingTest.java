package dev.comfyrouter.server.config;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class SpellingTest {
    @ParameterizedTest
    @CsvSource({"'',abc,3", "abc,'',3", "PORT,PORT,0", "PROT,PORT,1", "kitten,sitting,3", "flaw,lawn,2"})
    void theDistanceIsTheNumberOfEdits(String from, String to, int distance) {
        assertThat(Spelling.distance(from, to)).isEqualTo(distance);
    }
}
