package dev.comfyrouter.server.download;

import static org.assertj.core.api.Assertions.assertThat;

import dev.comfyrouter.cache.Progress;
import dev.comfyrouter.cache.Progress.Phase;
import dev.comfyrouter.workflows.ImageRef;
import dev.comfyrouter.workflows.ModelFolder;
import dev.comfyrouter.workflows.ModelRef;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WaitReasonTest {
    private static final RemoteFiles.Wanted FLUX = new RemoteFiles.Model(
            ModelFolder.DIFFUSION_MODELS,
            new ModelRef.Remote(URI.create("https://models.example/a/flux1-dev.safetensors?token=secret")));
    private static final RemoteFiles.Wanted CAT =
            new RemoteFiles.Picture(new ImageRef.Remote(URI.create("https://pictures.example/cat.png")));

    @Test
    void aDownloadTellsItsShareItsSpeedAndWhatIsLeft() {
        assertThat(of(progress(Phase.DOWNLOAD, 10_200_000_000L, 23_800_000_000L, 84e6)))
                .isEqualTo("waits for flux1-dev.safetensors, 42 %, 84 MB/s, about 3 min");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    QUEUED   | 0   | waits for flux1-dev.safetensors, its download has not begun
                    RESOLVE  | 0   | waits for flux1-dev.safetensors, 0 %, asks models.example
                    RESERVE  | 0   | waits for flux1-dev.safetensors, makes room for it in the cache
                    DOWNLOAD | 500 | waits for flux1-dev.safetensors, 50 %
                    BACKOFF  | 500 | waits for flux1-dev.safetensors, 50 %, the server broke off or is busy: tries again soon
                    HASH     | 500 | waits for flux1-dev.safetensors, 50 %, reads what is here already
                    PUBLISH  | 999 | waits for flux1-dev.safetensors, which is here and is being checked
                    """)
    void everyPhaseHasItsWords(Phase phase, long bytes, String words) {
        assertThat(of(progress(phase, bytes, 1000, 0))).isEqualTo(words);
    }

    @Test
    void aShortageNamesWhatIsNeededAndWhatIsInTheWay() {
        var shortage = new Progress.Shortage(
                6_600_000_000L,
                2_100_000_000L,
                List.of(
                        new Progress.Blocker("a.safetensors", 5, 1, false),
                        new Progress.Blocker("b.ckpt", 4, 0, true)));

        assertThat(of(new Progress(Phase.RESERVE, 0, OptionalLong.of(9), 0, 0, Optional.of(shortage))))
                .isEqualTo(
                        "waits for room in the cache for flux1-dev.safetensors: 6.6 GB are needed, 2.1 GB can be had;"
                                + " in the way: a.safetensors (in use), b.ckpt (pinned)");
    }

    @Test
    void ofSeveralFilesOneIsToldAndTheOthersAreCounted() {
        assertThat(WaitReason.of(
                        List.of(CAT, FLUX),
                        List.of(progress(Phase.QUEUED, 0, 9, 0), progress(Phase.DOWNLOAD, 500, 1000, 0))))
                .isEqualTo("waits for flux1-dev.safetensors, 50 %, and for 1 more file");
        assertThat(WaitReason.of(
                        List.of(CAT, FLUX),
                        List.of(progress(Phase.DONE, 9, 9, 0), progress(Phase.DOWNLOAD, 500, 1000, 0))))
                .isEqualTo("waits for flux1-dev.safetensors, 50 %");
    }

    @ParameterizedTest
    @CsvSource({"0, 1 s", "7, 7 s", "44, 40 s", "89, 1 min", "119, 2 min", "5399, 90 min", "5400, 2 h"})
    void timeIsTold(long seconds, String words) {
        assertThat(WaitReason.time(Duration.ofSeconds(seconds))).isEqualTo(words);
    }

    private static String of(Progress progress) {
        return WaitReason.of(List.of(FLUX), List.of(progress));
    }

    private static Progress progress(Phase phase, long bytes, long total, double rate) {
        return new Progress(phase, bytes, OptionalLong.of(total), rate, 0, Optional.empty());
    }
}
