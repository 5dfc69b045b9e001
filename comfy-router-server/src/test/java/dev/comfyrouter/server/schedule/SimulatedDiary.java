package dev.comfyrouter.server.schedule;

import java.time.Instant;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// What was seen of each task of late, for who has to find out how a promise was broken.
final class SimulatedDiary {
    private static final int LINES = 60;

    private final Map<Integer, ArrayDeque<Line>> lines = new HashMap<>();

    private record Line(Instant at, String format, List<Object> values) {
        @Override
        public String toString() {
            return at + " " + format.formatted(values.toArray());
        }
    }

    void note(int task, Instant at, String format, Object... values) {
        ArrayDeque<Line> mine = lines.computeIfAbsent(task, ignored -> new ArrayDeque<>());
        if (mine.size() == LINES) {
            mine.removeFirst();
        }
        mine.addLast(new Line(at, format, List.of(values)));
    }

    List<String> of(int task) {
        return lines.getOrDefault(task, new ArrayDeque<>()).stream()
                .map(Line::toString)
                .toList();
    }
}
