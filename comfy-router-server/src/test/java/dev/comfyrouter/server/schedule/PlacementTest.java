package dev.comfyrouter.server.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import dev.comfyrouter.server.node.NodeState;
import dev.comfyrouter.server.node.NodeStates;
import dev.comfyrouter.server.task.FailureClass;
import dev.comfyrouter.server.task.NodeId;
import dev.comfyrouter.server.task.Requirements;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class PlacementTest {
    private static final Instant NOW = Instant.parse("2026-11-24T12:00:00Z");
    private static final String A = "checkpoints/a";

    private final WaitingTask task = WaitingTasks.task(1, NOW, 0, "a");

    static Stream<Arguments> unfit() {
        NodeState idle = able(1, 16);
        return Stream.of(
                Arguments.of(NodeStates.offline(1, NOW), "waits for http://gpu-1:8188/, which is offline"),
                Arguments.of(NodeStates.draining(idle), "every node is draining"),
                Arguments.of(
                        NodeStates.held(idle, NOW.plusSeconds(1), "3 tasks failed"),
                        "every node is held: 3 tasks failed"),
                Arguments.of(
                        NodeStates.able(NodeStates.idle(1, NOW), "Other", "a", 16),
                        "no node can run it: http://gpu-1:8188/ lacks the node class KSampler"),
                Arguments.of(
                        NodeStates.able(NodeStates.idle(1, NOW), "KSampler", "b", 16),
                        "no node can run it: http://gpu-1:8188/ lacks the model checkpoints/a"));
    }

    @ParameterizedTest
    @MethodSource("unfit")
    void aNodeThatCannotRunItGetsNothingAndTheTaskSaysWhy(NodeState node, String reason) {
        Placement.Decision decision = Placement.decide(List.of(task), List.of(node), NOW);

        assertThat(decision.pairs()).isEmpty();
        assertThat(decision.reasons()).isEqualTo(Map.of(1L, reason));
    }

    @Test
    void withoutAnyNodeTheTaskAsksForOne() {
        assertThat(Placement.decide(List.of(task), List.of(), NOW).reasons())
                .isEqualTo(Map.of(1L, "waits for a node: none is known, add one"));
    }

    @Test
    void aHoldThatIsOverHoldsNobody() {
        NodeState node = NodeStates.held(able(1, 16), NOW, "3 tasks failed");

        assertThat(placed(List.of(task), node)).isEqualTo(Map.of(1L, 1L));
    }

    @Test
    void labelsAndMemoryAreDemandedOfTheNode() {
        WaitingTask picky = WaitingTasks.requiring(task, new Requirements(Set.of("studio"), 24));
        NodeState unlabelled = able(1, 48);
        NodeState small = NodeStates.able(NodeStates.idle(2, NOW, "studio"), "KSampler", "a", 16);
        NodeState right = NodeStates.able(NodeStates.idle(3, NOW, "studio"), "KSampler", "a", 24);

        assertThat(placed(List.of(picky), unlabelled, small)).isEmpty();
        assertThat(placed(List.of(picky), unlabelled, small, right)).isEqualTo(Map.of(1L, 3L));
    }

    @Test
    void theNodeWithTheModelsLoadedIsPreferredOverOneThatWasIdleLonger() {
        NodeState longIdle = able(1, 16);
        NodeState warm = NodeStates.warm(able(2, 16), Set.of(A), NOW.plusSeconds(9));

        assertThat(placed(List.of(task), longIdle, warm)).isEqualTo(Map.of(1L, 2L));
    }

    @Test
    void ofEqualNodesTheOneThatWasIdleLongestIsTaken() {
        NodeState later = NodeStates.warm(able(1, 16), Set.of("checkpoints/other"), NOW.plusSeconds(9));
        NodeState longest = NodeStates.warm(able(2, 16), Set.of("checkpoints/other"), NOW.plusSeconds(1));

        assertThat(placed(List.of(task), later, longest)).isEqualTo(Map.of(1L, 2L));
    }

    @Test
    void aNodeThatOthersUseTooIsTakenOnlyAfterThirtySeconds() {
        NodeState shared = NodeStates.withForeign(able(1, 16), 1);

        assertThat(Placement.decide(List.of(task), List.of(shared), NOW.plusSeconds(29))
                        .pairs())
                .isEmpty();
        assertThat(Placement.decide(List.of(task), List.of(shared), NOW.plusSeconds(30))
                        .pairs())
                .hasSize(1);
    }

    @Test
    void aTaskThatRanOutOfMemoryPrefersTheNodeWithMore() {
        WaitingTask hungry = task.after(
                1,
                new WaitingTask.Tried(new NodeId(1), FailureClass.OUT_OF_MEMORY, "no memory"),
                Optional.empty(),
                NOW);
        NodeState warm = NodeStates.warm(able(1, 16), Set.of(A), NOW);

        assertThat(placed(List.of(hungry), warm, able(2, 48))).isEqualTo(Map.of(1L, 2L));
    }

    @Test
    void aNodeThatRefusedTheTaskIsNotAskedAgain() {
        WaitingTask refused = task.after(
                1, new WaitingTask.Tried(new NodeId(1), FailureClass.MISSING, "lacks x"), Optional.empty(), NOW);

        assertThat(placed(List.of(refused), able(1, 16))).isEmpty();
        assertThat(placed(List.of(refused), able(1, 16), able(2, 16))).isEqualTo(Map.of(1L, 2L));
    }

    @Test
    void aLaterTaskOfLoadedModelsGoesFirstButNeverPastOneThatHasWaitedThirtySeconds() {
        WaitingTask first = WaitingTasks.task(1, NOW, 0, "b");
        WaitingTask second = WaitingTasks.task(2, NOW.plusSeconds(1), 0, "a");
        NodeState warm = NodeStates.warm(NodeStates.idle(1, NOW), Set.of(A), NOW);

        assertThat(numbers(Placement.decide(List.of(first, second), List.of(warm), NOW.plusSeconds(29))))
                .containsExactly(2L);
        assertThat(numbers(Placement.decide(List.of(first, second), List.of(warm), NOW.plusSeconds(30))))
                .containsExactly(1L);
    }

    @Test
    void whoWaitsBehindOthersIsToldHowManyAreAhead() {
        List<WaitingTask> tasks = List.of(task, WaitingTasks.task(2, NOW, 0, "a"), WaitingTasks.task(3, NOW, 0, "a"));

        assertThat(Placement.decide(tasks, List.of(able(1, 16)), NOW).reasons())
                .isEqualTo(Map.of(2L, "waits for a free node", 3L, "waits for a free node, 1 ahead"));
    }

    /// Overtaking is bounded whatever comes: on random schedules nobody passes a task that has waited 30 s.
    @Test
    void onRandomSchedulesNobodyOvertakesATaskThatHasWaitedThirtySeconds() {
        for (int seed = 0; seed < 50; seed++) {
            Random random = new Random(seed);
            WaitingQueue queue = new WaitingQueue();
            long next = 1;
            Instant now = NOW;
            for (int pass = 0; pass < 200; pass++) {
                now = now.plusMillis(random.nextInt(3000));
                for (int i = random.nextInt(4); i > 0; i--) {
                    queue.add(WaitingTasks.task(next++, now, 0, random.nextBoolean() ? "a" : "b"));
                }
                List<NodeState> nodes = new ArrayList<>();
                for (int i = random.nextInt(3); i > 0; i--) {
                    String model = random.nextInt(4) == 0 ? "checkpoints/b" : A;
                    nodes.add(NodeStates.warm(NodeStates.idle(i, now), Set.of(model), now));
                }
                List<WaitingTask> first = queue.first(64, now);
                Placement.Decision decision = Placement.decide(first, nodes, now);
                List<Long> placed = numbers(decision);
                Instant late = now.minus(Placement.OVERTAKING);
                long passed = first.stream()
                        .filter(waiting -> !placed.contains(waiting.number()))
                        .filter(waiting -> !waiting.readySince().isAfter(late))
                        .mapToLong(WaitingTask::number)
                        .min()
                        .orElse(Long.MAX_VALUE);
                assertThat(placed).as("seed %d, pass %d", seed, pass).allMatch(number -> number < passed);
                placed.forEach(queue::remove);
            }
        }
    }

    /// 1 ms is the aim; the bound leaves room for a machine that does something else as well.
    @Test
    void aPassOverAHundredThousandTasksAndFiveHundredNodesIsQuick() {
        WaitingQueue queue = new WaitingQueue();
        for (int i = 0; i < 100_000; i++) {
            queue.add(WaitingTasks.task(i, NOW.plusMillis(i), 0, i % 2 == 0 ? "a" : "b"));
        }
        List<NodeState> nodes = new ArrayList<>();
        for (int i = 0; i < 500; i++) {
            nodes.add(able(i, 16));
        }
        long best = Long.MAX_VALUE;
        for (int i = 0; i < 200; i++) {
            long start = System.nanoTime();
            Placement.Decision decision = Placement.decide(queue.first(64, NOW), nodes, NOW);
            best = Math.min(best, System.nanoTime() - start);
            assertThat(decision.pairs()).hasSize(32); // those of the model that the nodes have
        }
        System.out.println("a pass took " + best / 1000 + " µs at best");
        assertThat(Duration.ofNanos(best)).isLessThan(Duration.ofMillis(50));
    }

    private static NodeState able(long id, int vramGiB) {
        return NodeStates.able(NodeStates.idle(id, NOW), "KSampler", "a", vramGiB);
    }

    private static Map<Long, Long> placed(List<WaitingTask> tasks, NodeState... nodes) {
        return Placement.decide(tasks, List.of(nodes), NOW).pairs().stream()
                .collect(Collectors.toMap(
                        pair -> pair.task().number(), pair -> pair.node().id().value()));
    }

    private static List<Long> numbers(Placement.Decision decision) {
        return decision.pairs().stream().map(pair -> pair.task().number()).toList();
    }
}
