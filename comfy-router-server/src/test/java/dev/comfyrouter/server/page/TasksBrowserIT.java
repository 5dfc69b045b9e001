package dev.comfyrouter.server.page;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Route;
import com.microsoft.playwright.options.AriaRole;
import dev.comfyrouter.testkit.FakeComfyServer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/// What an operator does with tasks: watch, cancel, run again, look at the result, delete it.
@InChromium
final class TasksBrowserIT {
    /// Keeps the steps and the previews that are shown, however seldom somebody looks.
    private static final String WATCH_IT_RUN = """
            window.__steps = new Set();
            window.__previews = new Set();
            new MutationObserver(() => {
              const step = document.querySelector(".progress-line")?.textContent.match(/\\d+\\/\\d+/);
              const preview = document.querySelector(".stage .preview img")?.getAttribute("src");
              if (step) window.__steps.add(step[0]);
              if (preview) window.__previews.add(preview);
            }).observe(document.body, { subtree: true, childList: true, characterData: true, attributes: true });
            """;

    @Test
    void aRunningTaskShowsItsStepsAndItsPreviewWhileItRunsAndThenItsPicture(House house, Visitor visitor)
            throws Exception {
        FakeComfyServer node = house.node(
                FakeComfyServer.builder().stepTime(Duration.ofMillis(250)).previewMethod("auto"));
        house.open();
        house.join(node, "gpu-01");
        node.holdExecutions();
        String id = house.submit("watched");
        Page page = visitor.open("/admin/tasks/" + id);

        assertThat(page.locator(".lead")).containsText("Running");
        page.evaluate(WATCH_IT_RUN);
        node.releaseAll();
        assertThat(page.locator(".lead")).containsText("Done");
        assertThat(watched(page, "steps")).hasSizeGreaterThan(1).allMatch(text -> text.matches("\\d+/20"));
        assertThat(watched(page, "previews"))
                .hasSizeGreaterThan(1)
                .allMatch(url -> url.matches(".*/workflow/" + id + "/preview\\?v=\\d+"));
        assertThat(page.locator(".results img")).hasCount(1);
        assertThat(page.locator(".results img").evaluate("(image) => image.decode().then(() => image.naturalWidth)"))
                .isEqualTo(64);
        assertThat(page.locator(".timeline")).containsText("Running on gpu-01");
        page.getByText("The ComfyUI prompt of the last attempt").click();
        assertThat(page.locator("details.graph pre")).containsText("KSampler");
    }

    @Test
    void aWaitingTaskIsCancelledAtOnceAndCanBeRunAgainFromTheToast(House house, Visitor visitor) throws Exception {
        FakeComfyServer node = house.openWithOneNode();
        node.holdExecutions();
        house.runs("in front");
        house.submit("behind");
        visitor.open("/admin/tasks");
        assertThat(visitor.row("behind")).containsText("Queued");
        assertThat(visitor.row("behind")).containsText("Waits for a free node");

        visitor.row("behind").focus();
        visitor.page().keyboard().press("c");
        assertThat(visitor.row("behind")).containsText("Cancelled");
        visitor.toast("Cancelled #2").getByText("Run again").click();

        assertThat(visitor.toast("Queued again as #3")).isVisible();
        visitor.letGo();
        assertThat(visitor.row("behind")).hasCount(2);
    }

    @Test
    void aRunningTaskIsTakenOffItsNode(House house, Visitor visitor) throws Exception {
        FakeComfyServer node = house.openWithOneNode();
        node.holdExecutions();
        house.submit("runs");
        Page page = visitor.open("/admin");
        Locator tile = page.locator(".wall > li");
        assertThat(tile).containsText("#1");

        tile.getByText("Cancel").click();

        assertThat(visitor.toast("Cancelling #1")).isVisible();
        node.awaitIdle(Duration.ofSeconds(30));
        assertThat(tile).containsText("Cancelled");
        page.mouse().move(2, 2);
        assertThat(page.locator("main")).containsText("Nothing is running. 1 node is idle.");
    }

    @Test
    void theWholeQueueIsCancelledAfterTheRouterHasCountedIt(House house, Visitor visitor) throws Exception {
        FakeComfyServer node = house.openWithOneNode();
        node.holdExecutions();
        house.runs("runs on");
        for (int i = 1; i <= 5; i++) {
            house.submit("waiting " + i);
        }
        Page page = visitor.open("/admin/tasks");
        assertThat(visitor.row("waiting 5")).isVisible();

        visitor.button("Clear queue…").click();
        Locator question = visitor.dialog("Cancel 5 tasks?");
        assertThat(question.locator(".samples > li")).hasCount(4);
        assertThat(question).containsText("and 2 more");
        assertThat(Axe.violations(page)).isEmpty();
        assertThat(house.caller().get("/workflow?status=cancelled").path("tasks"))
                .isEmpty();
        question.getByText("Cancel 5 tasks", new Locator.GetByTextOptions().setExact(true))
                .click();

        assertThat(visitor.toast("Cancelled 5 tasks")).isVisible();
        assertThat(house.caller().get("/workflow?status=cancelled").path("tasks"))
                .hasSize(5);
        assertThat(visitor.row("runs on")).containsText("Running");
    }

    @Test
    void moreThanAHundredTasksAreCancelledOnlyWhenTheirNumberIsTyped(House house, Visitor visitor) throws Exception {
        FakeComfyServer node = house.set("PENDING_LIMIT", "200").openWithOneNode();
        node.holdExecutions();
        house.runs("one of many");
        for (int i = 1; i <= 101; i++) {
            house.submit("one of many");
        }
        visitor.open("/admin/tasks");

        visitor.button("Clear queue…").click();
        Locator question = visitor.dialog("Cancel 101 tasks?");
        Locator sure = question.getByText("Cancel 101 tasks", new Locator.GetByTextOptions().setExact(true));
        assertThat(sure).isDisabled();
        question.getByLabel("Type 101 to go on").fill("100");
        assertThat(sure).isDisabled();
        question.getByLabel("Type 101 to go on").fill("101");
        sure.click();

        assertThat(visitor.toast("Cancelled 101 tasks")).isVisible();
    }

    @Test
    void whatHasEndedIsSaidOnceToThoseWhoListen(House house, Visitor visitor) throws Exception {
        house.openWithOneNode();
        Page page = visitor.open("/admin/settings");

        house.run("heard of");

        assertThat(page.locator("p.unseen[role=status]").last()).hasText("1 task finished");
    }

    @Test
    void selectedTasksAreRunAgainTogetherAndStaySelectedWhileTheListLives(House house, Visitor visitor)
            throws Exception {
        house.openWithOneNode();
        house.run("first");
        house.run("second");
        Page page = visitor.open("/admin/tasks");
        visitor.row("first").getByRole(AriaRole.CHECKBOX).click();
        visitor.row("second").getByRole(AriaRole.CHECKBOX).click();
        Locator selection = page.getByRole(AriaRole.TOOLBAR);
        assertThat(selection).containsText("2 selected");

        selection.getByText("Run again").click();

        assertThat(visitor.toast("Queued 2 tasks again")).isVisible();
        assertThat(page.locator(".newer")).containsText("2 newer tasks");
        assertThat(selection).containsText("2 selected");
        assertThat(page.locator("[data-row][aria-selected=true]")).hasCount(2);
        selection
                .getByText("Clear", new Locator.GetByTextOptions().setExact(true))
                .click();
        visitor.letGo();
        assertThat(page.locator("[data-row]")).hasCount(4);
    }

    @Test
    void nothingMovesUnderThePointerAndWhatIsNewerIsCounted(House house, Visitor visitor) throws Exception {
        house.openWithOneNode();
        house.run("old");
        Page page = visitor.open("/admin/tasks");
        visitor.row("old").hover();
        double before = visitor.row("old").boundingBox().y;

        house.run("new");

        assertThat(page.locator(".newer")).containsText("1 newer task");
        assertThat(visitor.row("new")).hasCount(0);
        assertThat(visitor.row("old").boundingBox().y).isEqualTo(before);
        visitor.letGo();
        assertThat(visitor.row("new")).isVisible();
        assertThat(visitor.shifts()).isEmpty();
    }

    @Test
    void filtersAreInTheAddressAndBackClosesADrawer(House house, Visitor visitor) throws Exception {
        house.openWithOneNode();
        house.run("a lighthouse");
        house.run("a harbour");
        Page page = visitor.open("/admin/tasks?q=light&state=done");
        assertThat(page.locator("[data-row]")).hasCount(1);

        visitor.row("a lighthouse").locator("a").first().click();
        Locator drawer = visitor.dialog("Task #1");
        assertThat(drawer).containsText("took");
        assertThat(page).hasURL(Pattern.compile("/admin/tasks/[0-9a-f-]{36}$"));
        page.goBack();
        assertThat(drawer).hasCount(0);
        assertThat(page).hasURL(house.url("/admin/tasks?q=light&state=done"));

        visitor.choose("State", "Failed");
        assertThat(page.locator(".empty")).containsText("No failed tasks that match \"light\".");
        visitor.button("Clear filter").click();
        assertThat(page.locator("[data-row]")).hasCount(2);
    }

    @Test
    void whatFailedSaysWhyInPlainWordsAndVerbatimAndNeedsAttention(House house, Visitor visitor) throws Exception {
        FakeComfyServer node = house.openWithOneNode();
        node.faults().failExecutions("RuntimeError", "mat1 and mat2 shapes cannot be multiplied");
        String id = house.run("will fail").path("id").asText();
        Page page = visitor.open("/admin");

        Locator need = page.locator(".needs > li");
        assertThat(need).containsText("Failed: ");
        assertThat(need).containsText("mat1 and mat2 shapes cannot be multiplied");
        need.getByText("#1").click();
        Locator drawer = visitor.dialog("Task #1");
        assertThat(drawer).containsText("Two models do not fit together, for example a LoRA of another base model.");
        drawer.getByText("What ComfyUI said").click();
        assertThat(drawer.locator(".failure pre")).containsText("mat1 and mat2 shapes cannot be multiplied");
        node.faults().heal();
        drawer.getByText("Run again").click();
        assertThat(page).not().hasURL(house.url("/admin/tasks/" + id));
        assertThat(page.locator(".task .lead")).containsText("Done");
    }

    @Test
    void aTaskIsCopiedAsCurlAndAsJsonThatTheRouterTakes(House house, Visitor visitor) throws Exception {
        house.openWithOneNode();
        String id = house.run("it's a copy").path("id").asText();
        Page page = visitor.open("/admin/tasks/" + id);

        page.getByText("Copy as curl").click();
        String curl = visitor.copied();
        page.getByText("Copy JSON").first().click();
        JsonNode json = new ObjectMapper().readTree(visitor.copied());

        assertThat(curl).startsWith("curl -u admin \\\n  -X POST \\\n  " + house.url("/workflow"));
        assertThat(curl).doesNotContain(House.PASSWORD);
        assertThat(run(curl)).contains("\"id\"");
        assertThat(house.caller().run(json.toString()).path("status").asText()).isEqualTo("done");
    }

    @Test
    void aResultIsLookedAtInTheLightboxAndDeletedAfterAQuestion(House house, Visitor visitor) throws Exception {
        house.openWithOneNode();
        String older = house.run("older").path("id").asText();
        String id = house.run("newer").path("id").asText();
        Page page = visitor.expecting("410").open("/admin/gallery");
        assertThat(page.locator(".shot")).hasCount(2);

        page.locator(".shot a").first().click();
        Locator box = page.getByRole(AriaRole.DIALOG);
        assertThat(box).containsText("newer");
        assertThat(page).hasURL(house.url("/admin/gallery/" + id + "/0"));
        assertThat(Axe.violations(page)).isEmpty();
        List<Route> held = new ArrayList<>();
        page.route("**/workflow/" + older, held::add);
        page.keyboard().press("ArrowRight");
        assertThat(box).containsText("older");
        // The picture of the task that is named, also before more is known of it.
        assertThat(box.locator("img")).hasAttribute("src", house.url("/workflow/" + older + "/files/0"));
        page.waitForCondition(() -> !held.isEmpty());
        held.forEach(Route::resume);
        page.unroute("**/workflow/" + older);
        page.keyboard().press("ArrowLeft");
        assertThat(box).containsText("newer");
        page.keyboard().press("Escape");
        assertThat(page).hasURL(house.url("/admin/gallery"));

        page.navigate(house.url("/admin/tasks/" + id));
        visitor.button("Delete…").click();
        visitor.dialog("Delete #2 and its result?")
                .getByText("Delete #2", new Locator.GetByTextOptions().setExact(true))
                .click();
        assertThat(visitor.toast("Deleted #2")).isVisible();
        assertThat(page).hasURL(house.url("/admin/tasks"));
        assertThat(visitor.row("newer")).hasCount(0);
        page.navigate(house.url("/admin/tasks/" + id));
        assertThat(page.locator(".empty")).containsText("This task is gone.");
    }

    @SuppressWarnings("unchecked")
    private static List<String> watched(Page page, String what) {
        return (List<String>) page.evaluate("[...window.__" + what + "]");
    }

    /// Runs the command as a shell would, with the password given.
    private static String run(String curl) throws Exception {
        String command = curl.replace("-u admin", "-s -u 'admin:" + House.PASSWORD + "'");
        Process process = new ProcessBuilder(List.of("sh", "-c", command))
                .redirectErrorStream(true)
                .start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        process.waitFor();
        return output;
    }
}
