package dev.comfyrouter.server.page;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Keyboard;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Route;
import com.microsoft.playwright.options.AriaRole;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/// Everything without a pointer.
@InChromium
final class KeyboardBrowserIT {
    private static final String TWO_FRAMES =
            "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done())))";

    @Test
    void theMainJourneyNeedsNoPointer(House house, Visitor visitor) throws Exception {
        house.openWithOneNode();
        Page page = visitor.inOneMoment().open("/admin");
        Keyboard keys = page.keyboard();

        keys.press("Tab");
        assertThat(page.getByText("Skip to the page")).isFocused();
        keys.press("g");
        keys.press("p");
        assertThat(page.locator("h1")).isFocused();
        assertThat(page.locator("h1")).hasText("Playground");
        page.getByLabel("Prompt", new Page.GetByLabelOptions().setExact(true)).focus();
        keys.type("by keyboard");
        keys.press("Control+Enter");
        assertThat(page.locator(".result")).containsText("Done");

        page.locator("h1").focus();
        keys.press("g");
        keys.press("t");
        assertThat(page.locator("h1")).hasText("Tasks");
        keys.press("j");
        assertThat(visitor.row("by keyboard")).isFocused();
        keys.press("x");
        assertThat(page.getByRole(AriaRole.TOOLBAR)).containsText("1 selected");
        keys.press("Escape");
        assertThat(page.getByRole(AriaRole.TOOLBAR)).hasCount(0);
        keys.press("Enter");
        Locator drawer = visitor.dialog("Task #1");
        assertThat(drawer.locator("h2").first()).isFocused();
        keys.press("Escape");
        assertThat(drawer).hasCount(0);
        assertThat(visitor.row("by keyboard")).isFocused();
        keys.press("r");
        assertThat(visitor.toast("Queued again as #2")).isVisible();
    }

    @Test
    void aLongListIsWalkedToItsEndsWithOneTabStop(House house, Visitor visitor) throws Exception {
        house.set("HISTORY_LIMIT", "200").set("PENDING_LIMIT", "100").openWithOneNode();
        for (int i = 1; i <= 60; i++) {
            house.submit("task " + i + " of many");
        }
        house.await(
                "/workflow?status=done&limit=100", tasks -> tasks.path("tasks").size() == 60);
        Page page = visitor.open("/admin/tasks");
        Keyboard keys = page.keyboard();
        keys.press("j");

        for (int i = 0; i < 30; i++) {
            keys.press("ArrowDown");
        }
        assertThat(page.locator("[data-row]:focus")).hasAttribute("aria-rowindex", "32");
        assertThat(page.locator("[data-row]:focus")).containsText("task 30 of many");
        keys.press("End");
        assertThat(page.locator("[data-row]:focus")).containsText("task 1 of many");
        keys.press("Home");
        assertThat(page.locator("[data-row]:focus")).containsText("task 60 of many");
        assertThat(page.locator("[data-row][tabindex='0']")).hasCount(1);
        assertThat(page.getByRole(AriaRole.GRID)).hasAttribute("aria-rowcount", "61");
        assertThat((Integer) page.evaluate("document.querySelectorAll('[data-row]').length"))
                .isLessThan(45);
    }

    @Test
    void whoMovesOnWhileTheRestOfTheListIsReadStaysThere(House house, Visitor visitor) throws Exception {
        house.openWithOneNode();
        house.run("first");
        house.run("last");
        List<Route> held = new ArrayList<>();
        visitor.signedIn().route("**/workflow?*", held::add);
        Page page = visitor.open("/admin/tasks");
        Keyboard keys = page.keyboard();

        keys.press("j");
        keys.press("End");
        assertThat(visitor.row("first")).isFocused();
        keys.press("Home");
        assertThat(visitor.row("last")).isFocused();
        page.waitForCondition(() -> !held.isEmpty());
        page.waitForResponse("**/workflow?*", () -> held.forEach(Route::resume)).finished();
        page.evaluate(TWO_FRAMES);

        assertThat(visitor.row("last")).isFocused();
    }

    @Test
    void helpGoToFilterAndPauseAreOneKeyAway(House house, Visitor visitor) throws Exception {
        house.openWithOneNode();
        Page page = visitor.open("/admin/nodes");
        Keyboard keys = page.keyboard();

        keys.press("?");
        assertThat(visitor.dialog("Help and keys")).containsText("Drain or resume the node");
        assertThat(Axe.violations(page)).isEmpty();
        keys.press("Escape");
        keys.press("/");
        assertThat(page.locator("input[type=search]")).isFocused();
        keys.type("gpu");
        assertThat(page).hasURL(Pattern.compile("q=gpu$"));
        keys.press("Control+k");
        assertThat(visitor.dialog("Go to").getByRole(AriaRole.COMBOBOX)).isFocused();
        keys.type("gpu-01");
        assertThat(Axe.violations(page)).isEmpty();
        keys.press("Enter");
        assertThat(visitor.dialog("gpu-01")).isVisible();
        keys.press("Escape");
        page.locator("h1").focus();
        keys.press("p");
        assertThat(page.locator(".live")).containsText("Paused");
        keys.press("p");
        assertThat(page.locator(".live")).containsText("Live");
    }

    @Test
    void singleLettersCanBeSwitchedOff(House house, Visitor visitor) throws Exception {
        house.openWithOneNode();
        Page page = visitor.open("/admin/settings");
        visitor.choose("Single-letter keys", "Off");

        page.locator("h1").focus();
        page.keyboard().press("g");
        page.keyboard().press("n");
        page.keyboard().press("?");
        page.keyboard().press("Control+k");

        assertThat(visitor.dialog("Go to")).isVisible();
        assertThat(page).hasURL(house.url("/admin/settings"));
        assertThat(visitor.dialog("Help and keys")).hasCount(0);
    }
}
