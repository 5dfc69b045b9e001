package dev.comfyrouter.benchmarks;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// The table that a run prints; each line also at once, so that a run can be watched.
final class Report {
    private record Line(String what, String wanted, String measured, boolean missed, String remark) {
        String row() {
            return "| " + what + " | " + wanted + " | " + (missed ? "**" + measured + "**" : measured) + " | " + remark
                    + " |";
        }
    }

    private final PrintStream out;
    private final List<Line> lines = new ArrayList<>();

    Report(PrintStream out) {
        this.out = out;
    }

    /// A figure that must be at most so much.
    void atMost(String what, double limit, double measured, String unit, String remark) {
        add(what, "≤ " + number(limit) + unit, number(measured) + unit, measured > limit, remark);
    }

    /// A figure that must be at least so much.
    void atLeast(String what, double limit, double measured, String unit, String remark) {
        add(what, "≥ " + number(limit) + unit, number(measured) + unit, measured < limit, remark);
    }

    /// A figure without a wish.
    void note(String what, String measured, String remark) {
        add(what, "", measured, false, remark);
    }

    private void add(String what, String wanted, String measured, boolean missed, String remark) {
        Line line = new Line(what, wanted, measured, missed, remark);
        lines.add(line);
        out.println(line.row());
    }

    /// Prints everything again, as a table; figures that miss their wish are bold.
    void print(String machine) {
        out.println();
        out.println(machine);
        out.println();
        out.println("| what | wanted | measured | |");
        out.println("|---|---|---|---|");
        lines.forEach(line -> out.println(line.row()));
    }

    private static String number(double value) {
        return value >= 100 || value == Math.rint(value)
                ? String.format(Locale.ROOT, "%,.0f", value)
                : String.format(Locale.ROOT, "%.2f", value);
    }
}
