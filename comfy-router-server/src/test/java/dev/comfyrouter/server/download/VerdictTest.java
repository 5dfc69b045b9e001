package dev.comfyrouter.server.download;

import static org.assertj.core.api.Assertions.assertThat;

import dev.comfyrouter.cache.DownloadException.Reason;
import dev.comfyrouter.server.task.FailureClass;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;

/// What becomes of a task for each reason for which a file could not be had, and what people are told to do.
class VerdictTest {
    private static final String WHAT = "https://h/m.safetensors: the cache's sentence";

    @ParameterizedTest
    @EnumSource(
            mode = Mode.EXCLUDE,
            names = {"UNREACHABLE", "DISK_FULL", "READ_ONLY", "INTERNAL", "NO_SPACE", "DEADLINE", "CLOSED"})
    void whatNoWaitingMendsFailsTheTaskAndSaysWhatToDo(Reason reason) {
        assertThat(verdict(reason, "h")).isInstanceOfSatisfying(Verdict.Failed.class, failed -> {
            assertThat(failed.failure().kind()).isEqualTo(FailureClass.INPUT);
            assertThat(failed.failure().message()).startsWith(WHAT + "; ").hasSizeGreaterThan(WHAT.length() + 10);
        });
    }

    @ParameterizedTest
    @CsvSource({
        "huggingface.co, COMFY_ROUTER__DOWNLOAD__HF_TOKEN",
        "hf.co, COMFY_ROUTER__DOWNLOAD__HF_TOKEN",
        "civitai.com, COMFY_ROUTER__DOWNLOAD__CIVITAI_TOKEN",
        "models.example, COMFY_ROUTER__DOWNLOAD__TOKENS_FILE"
    })
    void whoWantsCredentialsIsToldWhichSettingGivesThem(String host, String setting) {
        assertThat(verdict(Reason.AUTH_REQUIRED, host))
                .isInstanceOfSatisfying(
                        Verdict.Failed.class,
                        failed -> assertThat(failed.failure().message()).endsWith("the operator sets it: " + setting));
    }

    @ParameterizedTest
    @CsvSource({
        "PRIVATE_ADDRESS, COMFY_ROUTER__DOWNLOAD__ALLOW_PRIVATE",
        "UNSAFE_PICKLE, COMFY_ROUTER__DOWNLOAD__PICKLE",
        "TOO_LARGE, COMFY_ROUTER__DOWNLOAD__MAX_CACHE_BYTES",
        "HTML_INSTEAD_OF_FILE, use the URL of the file itself",
        "LFS_POINTER, /resolve/",
        "HASH_MISMATCH, correct the sha256",
        "CANCELLED, retry the task"
    })
    void whatSettlesItIsNamed(Reason reason, String words) {
        assertThat(verdict(reason, "h"))
                .isInstanceOfSatisfying(
                        Verdict.Failed.class,
                        failed -> assertThat(failed.failure().message()).contains(words));
    }

    @ParameterizedTest
    @CsvSource({
        "DISK_FULL, makes room on the disk of COMFY_ROUTER__DOWNLOAD__CACHE_DIR",
        "READ_ONLY, makes COMFY_ROUTER__DOWNLOAD__CACHE_DIR writable",
        "UNREACHABLE, ''",
        "INTERNAL, ''"
    })
    void whatMayPassIsTriedAgainAndSaysWhatHelps(Reason reason, String words) {
        assertThat(verdict(reason, "h"))
                .isInstanceOfSatisfying(
                        Verdict.Again.class,
                        again -> assertThat(again.why()).startsWith(WHAT).contains(words));
    }

    @ParameterizedTest
    @CsvSource({"UNREACHABLE, 7", "DISK_FULL,"})
    void aServerThatNamesATimeIsAskedThenAndNotBefore(Reason reason, @Nullable Long seconds) {
        Verdict verdict = Verdict.of(reason, WHAT, "", Optional.of(Duration.ofSeconds(7)));

        assertThat(verdict)
                .isInstanceOfSatisfying(
                        Verdict.Again.class,
                        again -> assertThat(again.notBefore())
                                .isEqualTo(Optional.ofNullable(seconds).map(Duration::ofSeconds)));
    }

    @ParameterizedTest
    @EnumSource(names = {"NO_SPACE", "DEADLINE"})
    void aLimitThatHasPassedSaysWhatWasMissing(Reason reason) {
        assertThat(verdict(reason, "h")).isEqualTo(new Verdict.TooLate(WHAT));
    }

    @ParameterizedTest
    @EnumSource(names = "CLOSED")
    void aRouterThatStopsLeavesTheTaskToTheNextOne(Reason reason) {
        assertThat(verdict(reason, "h")).isEqualTo(new Verdict.Left());
    }

    private static Verdict verdict(Reason reason, String host) {
        return Verdict.of(reason, WHAT, host, Optional.empty());
    }
}
