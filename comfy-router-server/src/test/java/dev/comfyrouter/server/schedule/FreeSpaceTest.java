package dev.comfyrouter.server.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import dev.comfyrouter.server.store.Acceptance;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FreeSpaceTest {
    @TempDir
    private Path directory;

    @Test
    void aDiskWithMoreThanTheFloorTakesMore() {
        assertThat(new FreeSpace(directory, 1).lack()).isEmpty();
    }

    @Test
    void aDiskWithLessSaysHowMuchIsLeftAndHowMuchShouldBe() {
        assertThat(new FreeSpace(directory, Long.MAX_VALUE).lack()).hasValueSatisfying(lack -> {
            var none = (Acceptance.NoSpace) lack;
            assertThat(none.free()).isPositive();
            assertThat(none.floor()).isEqualTo(Long.MAX_VALUE);
        });
    }

    @Test
    void withoutAFloorEvenADirectoryThatIsGoneTakesMore() {
        assertThat(new FreeSpace(directory.resolve("gone"), 0).lack()).isEmpty();
    }
}
