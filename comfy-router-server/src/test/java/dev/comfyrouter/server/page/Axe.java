package dev.comfyrouter.server.page;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.microsoft.playwright.Page;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/// axe-core, run on what a page shows now.
final class Axe {
    private static final String SCRIPT = script();

    /// What slides in is half transparent, and so hard to read, until it is there.
    private static final String STANDS = """
            () => Promise.all(document.getAnimations()
              .filter((one) => Number.isFinite(one.effect.getComputedTiming().endTime))
              .map((one) => one.finished.catch(() => {})))
              .then(() => {})
            """;

    private static final String RUN = """
            () => axe.run(document, {
              resultTypes: ["violations"],
              runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
            }).then((found) => JSON.stringify(found.violations))
            """;

    private Axe() {}

    /// What hinders people: rule, help, and the elements.
    static List<String> violations(Page page) {
        page.evaluate(STANDS);
        page.evaluate(SCRIPT);
        List<String> violations = new ArrayList<>();
        for (JsonNode rule : read((String) page.evaluate(RUN))) {
            for (JsonNode node : rule.path("nodes")) {
                violations.add(rule.path("id").asText() + ": "
                        + rule.path("help").asText() + ": " + node.path("html").asText() + " "
                        + node.path("failureSummary").asText() + " Related: " + node.findValues("relatedNodes"));
            }
        }
        return violations;
    }

    private static JsonNode read(String json) {
        try {
            return new ObjectMapper().readTree(json);
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible);
        }
    }

    private static String script() {
        try (InputStream script = Axe.class.getResourceAsStream("/axe.min.js")) {
            return new String(Objects.requireNonNull(script).readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }
}
