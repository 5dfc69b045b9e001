package dev.comfyrouter.server.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.comfyrouter.client.PromptId;
import dev.comfyrouter.server.node.NodeState.Leaving;
import dev.comfyrouter.server.node.NodeState.Occupant;
import dev.comfyrouter.server.task.NodeId;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NodeStateTest {
    private static final Instant NOON = Instant.parse("2026-11-24T12:00:00Z");
    private static final PromptId PROMPT = PromptId.of("11111111-1111-4111-8111-111111111111");
    private static final PromptId OTHER = PromptId.of("22222222-2222-4222-8222-222222222222");
    private static final Occupant ATTEMPT = new Occupant(7, 1, PROMPT, NOON);

    private static final NodeState UNSEEN = NodeState.unseen(
            new NodeSpec(new NodeId(1), URI.create("http://gpu-1:8188/"), "gpu-1", List.of(), Map.of(), false, NOON),
            NOON);
    private static final NodeState IDLE = UNSEEN.good(NOON);

    private static Instant after(int seconds) {
        return NOON.plusSeconds(seconds);
    }

    @Test
    void aNewNodeIsOfflineUntilItWasChecked() {
        assertThat(UNSEEN.health()).isEqualTo(Health.OFFLINE);
        assertThat(UNSEEN.free(NOON)).isFalse();
        assertThat(UNSEEN.checks().at()).isEmpty();
        assertThat(UNSEEN.checks().error()).isEqualTo("not checked yet");
    }

    @Test
    void theFirstGoodCheckCountsAlone() {
        assertThat(IDLE.health()).isEqualTo(Health.IDLE);
        assertThat(IDLE.free(NOON)).isTrue();
        assertThat(IDLE.checks()).isEqualTo(new Checks(true, 0, 0, Optional.of(NOON), ""));
    }

    @Test
    void afterAFirstCheckThatFailedOneGoodCheckIsNotEnough() {
        NodeState refused = UNSEEN.bad("refused the connection", NOON);

        NodeState once = refused.good(after(5));
        assertThat(once.health()).isEqualTo(Health.OFFLINE);
        assertThat(once.checks().error()).isEqualTo("refused the connection");
        assertThat(once.good(after(10)).health()).isEqualTo(Health.IDLE);
    }

    /// `g` is a good check, `b` a bad one, `u` says that the server cannot be used.
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    g        | IDLE    | 0
                    b        | OFFLINE | 1
                    gb       | IDLE    | 1
                    gbb      | IDLE    | 2
                    gbbb     | OFFLINE | 3
                    gbbbb    | OFFLINE | 4
                    gbbgbb   | IDLE    | 2
                    gbbbg    | OFFLINE | 0
                    gbbbgg   | IDLE    | 0
                    gbbbgbg  | OFFLINE | 0
                    gbbbgbgg | IDLE    | 0
                    gu       | OFFLINE | 1
                    gug      | OFFLINE | 0
                    gugg     | IDLE    | 0
                    ug       | OFFLINE | 0
                    """)
    void itTakesThreeFailedChecksToFallAndTwoGoodOnesToRise(String checks, Health health, int failed) {
        NodeState state = UNSEEN;
        for (int i = 0; i < checks.length(); i++) {
            Instant now = after(i);
            state = switch (checks.charAt(i)) {
                case 'g' -> state.good(now);
                case 'b' -> state.bad("no answer", now);
                default -> state.unusable("too old", now);
            };
        }

        assertThat(state.health()).isEqualTo(health);
        assertThat(state.checks().failed()).isEqualTo(failed);
        assertThat(state.checks().at()).hasValue(after(checks.length() - 1));
    }

    @Test
    void anErrorIsShownFromTheFirstFailedCheckAndGoesWithAGoodOne() {
        NodeState doubtful = IDLE.bad("no answer within 3 s", after(5));

        assertThat(doubtful.health()).isEqualTo(Health.IDLE);
        assertThat(doubtful.checks().error()).isEqualTo("no answer within 3 s");
        assertThat(doubtful.good(after(10)).checks().error()).isEmpty();
    }

    @Test
    void itIsBusyWithOurAttemptWithAGivenUpPromptAndWithPromptsOfOthers() {
        assertThat(IDLE.occupied(ATTEMPT).health()).isEqualTo(Health.BUSY);
        assertThat(IDLE.abandoned(PROMPT, NOON).health()).isEqualTo(Health.BUSY);
        assertThat(IDLE.withForeign(2).health()).isEqualTo(Health.BUSY);
        assertThat(IDLE.withForeign(2).withForeign(0).health()).isEqualTo(Health.IDLE);
    }

    @Test
    void promptsOfOthersDoNotTakeTheSlotAndOursDo() {
        assertThat(IDLE.withForeign(2).free(NOON)).isTrue();
        assertThat(IDLE.occupied(ATTEMPT).free(NOON)).isFalse();
        assertThat(IDLE.abandoned(PROMPT, NOON).free(NOON)).isFalse();
    }

    @Test
    void offlineWinsOverBusyAndTheAttemptIsKeptForWhenItComesBack() {
        NodeState away = IDLE.occupied(ATTEMPT).bad("a", NOON).bad("b", NOON).bad("c", NOON);

        assertThat(away.health()).isEqualTo(Health.OFFLINE);
        assertThat(away.occupant()).hasValue(ATTEMPT);
        assertThat(away.good(NOON).good(NOON).health()).isEqualTo(Health.BUSY);
    }

    @Test
    void theMomentOfAHealthIsKeptUntilTheNextHealth() {
        NodeState busy = IDLE.occupied(ATTEMPT).since(IDLE, after(10));
        NodeState stillBusy = busy.withForeign(1).since(busy, after(20));

        assertThat(busy.since()).isEqualTo(after(10));
        assertThat(stillBusy.since()).isEqualTo(after(10));
        assertThat(stillBusy
                        .vacated(PROMPT, Set.of(), after(30))
                        .withForeign(0)
                        .since(stillBusy, after(30))
                        .since())
                .isEqualTo(after(30));
    }

    @Test
    void aFreedSlotRemembersWhenItWasFreedAndWhatIsLoaded() {
        NodeState free = IDLE.occupied(ATTEMPT).vacated(PROMPT, Set.of("checkpoints/a"), after(60));

        assertThat(free.occupant()).isEmpty();
        assertThat(free.idleSince()).isEqualTo(after(60));
        assertThat(free.warm()).containsExactly("checkpoints/a");
        assertThat(free.occupied(ATTEMPT).vacated(PROMPT, Set.of(), after(90)).warm())
                .as("an attempt without models unloads nothing")
                .containsExactly("checkpoints/a");
    }

    @Test
    void onlyTheAttemptThatHasTheSlotGivesItBack() {
        NodeState busy = IDLE.occupied(ATTEMPT);

        assertThat(busy.vacated(OTHER, Set.of("checkpoints/a"), after(60))).isEqualTo(busy);
    }

    @Test
    void aGivenUpAttemptLeavesTheSlotButTheNodeIsNotFreeUntilItsPromptIsGone() {
        NodeState givenUp = IDLE.occupied(ATTEMPT).abandoned(PROMPT, after(60));

        assertThat(givenUp.occupant()).isEmpty();
        assertThat(givenUp.ours()).isEqualTo(1);
        assertThat(givenUp.free(after(60))).isFalse();
        assertThat(givenUp.gone(PROMPT).free(after(60))).isTrue();
        assertThat(givenUp.gone(OTHER)).isEqualTo(givenUp);
    }

    @Test
    void aDrainingNodeFinishesWhatRunsAndAcceptsNothing() {
        NodeState draining = IDLE.occupied(ATTEMPT).with(IDLE.spec().withDraining(true));

        assertThat(draining.health()).isEqualTo(Health.BUSY);
        assertThat(draining.accepting()).isFalse();
        NodeState drained = draining.vacated(PROMPT, Set.of(), NOON);
        assertThat(drained.health()).isEqualTo(Health.IDLE);
        assertThat(drained.free(NOON)).isFalse();
        assertThat(drained.with(drained.spec().withDraining(false)).free(NOON)).isTrue();
    }

    @ParameterizedTest
    @CsvSource({"QUARANTINED", "STALLED"})
    void aHeldNodeIsHealthyAndGetsNoWorkUntilItsTimeIsOver(Hold.Kind kind) {
        NodeState held = IDLE.withHold(Optional.of(new Hold(kind, after(60), "why")));

        assertThat(held.health()).isEqualTo(Health.IDLE);
        assertThat(held.held(after(59))).isTrue();
        assertThat(held.free(after(59))).isFalse();
        assertThat(held.held(after(60))).isFalse();
        assertThat(held.free(after(60))).isTrue();
        assertThat(held.withHold(Optional.empty()).free(NOON)).isTrue();
    }

    @Test
    void aStallEndsWithTheLastGivenUpPromptAndAQuarantineDoesNot() {
        NodeState two = IDLE.abandoned(PROMPT, NOON).abandoned(OTHER, NOON);
        NodeState stalled = two.withHold(Optional.of(new Hold(Hold.Kind.STALLED, after(600), "why")));
        NodeState quarantined = two.withHold(Optional.of(new Hold(Hold.Kind.QUARANTINED, after(600), "why")));

        assertThat(stalled.gone(PROMPT).hold()).isPresent();
        assertThat(stalled.gone(PROMPT).gone(OTHER).hold()).isEmpty();
        assertThat(quarantined.gone(PROMPT).gone(OTHER).hold()).isPresent();
    }

    @Test
    void whoeverIsNotNeededLeavesAndWhoeverIsNeededLeavesOnlyWhenToldHow() {
        assertThat(IDLE.leave(Leaving.NO).leaving()).isEqualTo(Leaving.DRAINED);
        assertThat(IDLE.withForeign(3).leave(Leaving.NO).leaving()).isEqualTo(Leaving.DRAINED);

        NodeState busy = IDLE.occupied(ATTEMPT);
        assertThat(busy.leave(Leaving.NO)).isEqualTo(busy);
        assertThat(busy.leave(Leaving.DRAINED).leaving()).isEqualTo(Leaving.DRAINED);
        assertThat(busy.leave(Leaving.NOW).leaving()).isEqualTo(Leaving.NOW);

        NodeState givenUp = IDLE.abandoned(PROMPT, NOON);
        assertThat(givenUp.leave(Leaving.NO)).isEqualTo(givenUp);
        NodeState away = givenUp.unusable("gone", NOON);
        assertThat(away.leave(Leaving.NO).leaving())
                .as("nobody can take the prompt off a node that does not answer")
                .isEqualTo(Leaving.DRAINED);
    }

    @Test
    void aLeavingNodeAcceptsNothingUntilItIsToldToStay() {
        NodeState leaving = IDLE.leave(Leaving.DRAINED);

        assertThat(leaving.accepting()).isFalse();
        assertThat(leaving.free(NOON)).isFalse();
        assertThat(leaving.stay().free(NOON)).isTrue();
    }

    @Test
    void theTimeOfACheckAloneIsNoNews() {
        NodeState checkedAgain = IDLE.good(after(5));

        assertThat(checkedAgain).isNotEqualTo(IDLE);
        assertThat(checkedAgain.tellsTheSameAs(IDLE)).isTrue();
        assertThat(IDLE.bad("no answer", after(5)).tellsTheSameAs(IDLE)).isFalse();
        assertThat(IDLE.withForeign(1).tellsTheSameAs(IDLE)).isFalse();
    }

    @Test
    void aSpecNeverShowsItsHeaders() {
        var spec = new NodeSpec(
                new NodeId(1),
                URI.create("http://gpu-1:8188/"),
                "gpu-1",
                List.of(),
                Map.of("Authorization", "Bearer t0ken"),
                false,
                NOON.plus(Duration.ZERO));

        assertThat(NodeState.unseen(spec, NOON).toString()).doesNotContain("t0ken");
    }
}
