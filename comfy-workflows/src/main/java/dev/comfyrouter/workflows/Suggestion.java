package dev.comfyrouter.workflows;

import java.util.Collection;
import java.util.Comparator;
import java.util.Locale;
import java.util.Optional;

/// Finds what somebody meant who mistyped a name.
final class Suggestion {
    private Suggestion() {}

    /// `; did you mean x?`, or nothing when no name is close.
    static String among(Collection<String> names, String typed) {
        return closest(names, typed).map(name -> "; did you mean " + name + "?").orElse("");
    }

    static Optional<String> closest(Collection<String> names, String typed) {
        if (typed.length() > 100) return Optional.empty();
        var tolerated = Math.max(1, typed.length() / 3);
        record Candidate(String name, int distance) {}
        return names.stream()
                .filter(name -> Math.abs(name.length() - typed.length()) <= tolerated)
                .map(name -> new Candidate(name, distance(normal(name), normal(typed))))
                .filter(candidate -> candidate.distance <= tolerated)
                .min(Comparator.comparingInt(Candidate::distance))
                .map(Candidate::name);
    }

    private static String normal(String name) {
        return name.toLowerCase(Locale.ROOT).replace('-', '_');
    }

    /// Insertions, deletions, replacements and swaps of neighbours between two words.
    private static int distance(String one, String two) {
        var rows = new int[one.length() + 1][two.length() + 1];
        for (int i = 0; i <= one.length(); i++) rows[i][0] = i;
        for (int j = 0; j <= two.length(); j++) rows[0][j] = j;
        for (int i = 1; i <= one.length(); i++)
            for (int j = 1; j <= two.length(); j++) {
                var cost = one.charAt(i - 1) == two.charAt(j - 1) ? 0 : 1;
                rows[i][j] = Math.min(Math.min(rows[i - 1][j] + 1, rows[i][j - 1] + 1), rows[i - 1][j - 1] + cost);
                if (i > 1 && j > 1 && one.charAt(i - 1) == two.charAt(j - 2) && one.charAt(i - 2) == two.charAt(j - 1))
                    rows[i][j] = Math.min(rows[i][j], rows[i - 2][j - 2] + 1);
            }
        return rows[one.length()][two.length()];
    }
}
