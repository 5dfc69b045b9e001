package dev.comfyrouter.server.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import dev.comfyrouter.client.ComfyEvent;
import dev.comfyrouter.client.PromptId;
import dev.comfyrouter.workflows.Workflow;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ProgressMeterTest {
    private static final PromptId PROMPT = PromptId.random();

    /// Two passes of 30 and 10 steps, and what stands around them.
    private final ProgressMeter meter = new ProgressMeter(Workflow.parse("""
            {"1":{"class_type":"CheckpointLoaderSimple","inputs":{"ckpt_name":"sd\\\\v1-5.pruned.safetensors"}},
             "2":{"class_type":"KSampler","inputs":{"steps":30}},
             "3":{"class_type":"KSampler","inputs":{"steps":10}},
             "4":{"class_type":"VAEDecode","_meta":{"title":"Decode"},"inputs":{}},
             "5":{"class_type":"LoadImage","_meta":{"title":"The sketch"},"inputs":{"image":"a.png"}}}"""));

    private boolean progress(String node, double value, double max) {
        return meter.take(new ComfyEvent.Progress(PROMPT, node, value, max));
    }

    private boolean executing(String node) {
        return meter.take(new ComfyEvent.Executing(Optional.of(PROMPT), Optional.of(node), Optional.empty()));
    }

    private boolean over() {
        return meter.take(new ComfyEvent.Executing(Optional.of(PROMPT), Optional.empty(), Optional.empty()));
    }

    @Test
    void theShareIsThatOfTheStepsOfAllPasses() {
        executing("2");
        assertThat(progress("2", 15, 30)).isTrue();
        assertThat(meter.reading()).isEqualTo(new ProgressMeter.Reading(15 / 40.0, "", 15, 40));

        executing("3");
        progress("3", 5, 10);
        assertThat(meter.reading()).isEqualTo(new ProgressMeter.Reading(35 / 40.0, "", 35, 40));

        over();
        assertThat(meter.reading()).isEqualTo(new ProgressMeter.Reading(1, "", 40, 40));
    }

    @Test
    void aNodeThatCountsOtherThanTheGraphSaysStillEndsAtItsShare() {
        progress("2", 5, 10);
        assertThat(meter.reading().step()).isEqualTo(15);

        progress("2", 12, 10);
        assertThat(meter.reading().step()).isEqualTo(30);
    }

    @Test
    void itNeverMovesBack() {
        progress("2", 20, 30);

        assertThat(progress("2", 1, 30)).isFalse();
        assertThat(meter.reading().step()).isEqualTo(20);

        executing("2");
        executing("4");
        assertThat(progress("2", 1, 30)).isFalse();
        assertThat(meter.reading().step()).isEqualTo(30);
    }

    @Test
    void aPassFromTheCacheCountsAsDone() {
        assertThat(meter.take(new ComfyEvent.Cached(PROMPT, List.of("1", "2"), Optional.empty())))
                .isTrue();
        assertThat(meter.reading().share()).isEqualTo(0.75);
        assertThat(meter.take(new ComfyEvent.Cached(PROMPT, List.of("1"), Optional.empty())))
                .isFalse();
    }

    @Test
    void whatOtherNodesCountIsNoSampling() {
        assertThat(progress("4", 3, 4)).isFalse();
        assertThat(progress("99", 3, 4)).isFalse();
        assertThat(progress("2", 0, 0)).isFalse();
        assertThat(meter.reading()).isEqualTo(new ProgressMeter.Reading(0, "", 0, 40));
    }

    @Test
    void thePhaseSaysWhatTheNodeDoesBesidesSampling() {
        assertThat(phaseAt("1")).isEqualTo("loading v1-5.pruned");
        assertThat(phaseAt("5")).isEqualTo("The sketch");
        assertThat(phaseAt("2")).isEqualTo("starting to sample");
        progress("2", 1, 30);
        assertThat(meter.reading().phase()).isEmpty();
        assertThat(phaseAt("4")).isEqualTo("Decode");
        assertThat(phaseAt("99")).isEmpty();
    }

    private String phaseAt(String node) {
        assertThat(executing(node)).isTrue();
        return meter.reading().phase();
    }

    @Test
    void aNodeInsideASubGraphIsShownAsTheVisibleOne() {
        meter.take(new ComfyEvent.Executing(Optional.of(PROMPT), Optional.of("4.0.0.1"), Optional.of("4")));

        assertThat(meter.reading().phase()).isEqualTo("Decode");
    }

    @Test
    void aGraphThatDoesNotSampleHasNoShare() {
        var still = new ProgressMeter(Workflow.parse("""
                {"1":{"class_type":"LoadImage","inputs":{"image":"a.png"}}}"""));

        assertThat(still.reading()).isEqualTo(new ProgressMeter.Reading(0, "", 0, 0));
    }
}
