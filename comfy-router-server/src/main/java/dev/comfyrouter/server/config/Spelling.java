package dev.comfyrouter.server.config;

import java.util.Collection;
import java.util.Comparator;
import java.util.Locale;
import java.util.Optional;
import java.util.function.UnaryOperator;

/// The guess what a misspelt name was meant to be.
final class Spelling {
    private Spelling() {}

    /// "; did you mean …" with the likeliest of the known names, or nothing when none is like it.
    static String suggest(String name, Collection<String> known, UnaryOperator<String> spelling) {
        String wanted = name.toUpperCase(Locale.ROOT);
        Optional<String> sameEnd = known.stream()
                .filter(other -> other.endsWith("__" + wanted) || wanted.endsWith("__" + other))
                .min(Comparator.comparingInt(String::length).thenComparing(Comparator.naturalOrder()));
        return sameEnd.or(() -> known.stream()
                        .filter(other -> distance(wanted, other) <= Math.max(1, other.length() / 4))
                        .min(Comparator.<String>comparingInt(other -> distance(wanted, other))
                                .thenComparing(Comparator.naturalOrder())))
                .map(other -> "; did you mean " + spelling.apply(other) + "?")
                .orElse("; see docs/configuration.md for the names");
    }

    /// How many letters must be added, dropped, changed or swapped with their neighbour to make one text of the
    /// other.
    static int distance(String from, String to) {
        int[][] edits = new int[from.length() + 1][to.length() + 1];
        for (int row = 0; row <= from.length(); row++) {
            for (int column = 0; column <= to.length(); column++) {
                edits[row][column] = row == 0 || column == 0 ? row + column : cheapest(edits, from, to, row, column);
            }
        }
        return edits[from.length()][to.length()];
    }

    private static int cheapest(int[][] edits, String from, String to, int row, int column) {
        char last = from.charAt(row - 1);
        char wanted = to.charAt(column - 1);
        int best = Math.min(edits[row - 1][column], edits[row][column - 1]) + 1;
        best = Math.min(best, edits[row - 1][column - 1] + (last == wanted ? 0 : 1));
        boolean swapped = row > 1 && column > 1 && last == to.charAt(column - 2) && from.charAt(row - 2) == wanted;
        return swapped ? Math.min(best, edits[row - 2][column - 2] + 1) : best;
    }
}
