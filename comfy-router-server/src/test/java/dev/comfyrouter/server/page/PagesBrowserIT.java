package dev.comfyrouter.server.page;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.ColorScheme;
import com.microsoft.playwright.options.ForcedColors;
import com.microsoft.playwright.options.ReducedMotion;
import dev.comfyrouter.testkit.FakeComfyServer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Every page as it looks: for those who see well or badly, on small windows and large ones, empty and full.
///
/// Pictures of all of it are left in `target/browser`.
@InChromium
final class PagesBrowserIT {
    private static final Path PICTURES = Path.of("target/browser");

    /// By how much the page is wider, once the window has its width and the page has been drawn in it.
    private static final String TOO_WIDE = """
            (width) => new Promise((done) => {
              let drawn = 0;
              const look = () => {
                drawn = innerWidth === width ? drawn + 1 : 0;
                if (drawn > 2) done(document.scrollingElement.scrollWidth - width);
                else requestAnimationFrame(look);
              };
              requestAnimationFrame(look);
            })
            """;

    /// A page, and what is on it when all of it is there.
    private record Place(String name, String path, String sign) {}

    @ParameterizedTest
    @EnumSource(names = {"LIGHT", "DARK"})
    void everyPageIsOpenToAllAndStandsStill(ColorScheme theme, House house, Visitor visitor) throws Exception {
        List<Place> places = lively(house);
        List<String> found = new ArrayList<>();
        visitor.with(options -> options.setColorScheme(theme));
        for (Place place : places) {
            Page page = visitor.open(place.path());
            assertThat(page.locator(place.sign()).first()).isVisible();
            visitor.shifts().forEach(shift -> found.add(place.name() + " moves: " + shift));
            Axe.violations(page).forEach(violation -> found.add(place.name() + ": " + violation));
            picture(page, theme.name().toLowerCase(Locale.ROOT) + "-" + place.name());
        }
        assertThat(found).isEmpty();
    }

    @Test
    void noPageIsWiderThanItsWindow(House house, Visitor visitor) throws Exception {
        List<String> found = new ArrayList<>();
        for (Place place : lively(house)) {
            Page page = visitor.open(place.path());
            assertThat(page.locator(place.sign()).first()).isVisible();
            // 640 is a window of 1280 at 200 %.
            for (int width : new int[] {320, 390, 640, 1280, 1920, 3840}) {
                page.setViewportSize(width, width < 700 ? 844 : 1080);
                int over = (Integer) page.evaluate(TOO_WIDE, width);
                if (over > 0) {
                    found.add(place.name() + " is " + over + " pixels wider than " + width);
                }
                if (width == 390 || width == 1920) {
                    picture(page, width + "-" + place.name());
                }
                if (width == 390) {
                    Axe.violations(page).forEach(violation -> found.add(place.name() + " at 390: " + violation));
                }
            }
            page.setViewportSize(1280, 800);
        }
        assertThat(found).isEmpty();
    }

    @Test
    void statesAreToldWithoutColoursAndNothingMovesForThoseWhoDoNotWantIt(House house, Visitor visitor)
            throws Exception {
        lively(house);
        Page page = visitor.with(
                        options -> options.setForcedColors(ForcedColors.ACTIVE).setReducedMotion(ReducedMotion.REDUCE))
                .open("/admin/nodes");

        assertThat(visitor.row("gpu-07")).containsText("Offline");
        assertThat(page.locator("[data-row] .chip .shape").first()).isVisible();
        assertThat(page.locator(".grid").first()).hasCSS("border-top-style", "solid");
        picture(page, "forced-colours-nodes");
        page.navigate(house.url("/admin"));
        assertThat(page.locator(".wall progress").first()).isVisible();
        assertThat((Integer) page.evaluate("document.getAnimations().length")).isZero();
        picture(page, "forced-colours-overview");
    }

    @Test
    void anEmptyRouterSaysOnEveryPageWhatToDo(House house, Visitor visitor) throws Exception {
        house.open();
        List<String> found = new ArrayList<>();
        for (Place place : List.of(
                new Place("overview", "/admin", "text=No nodes yet."),
                new Place("nodes", "/admin/nodes", "text=No nodes yet."),
                new Place("tasks", "/admin/tasks", "text=No tasks yet."),
                new Place("gallery", "/admin/gallery", "text=No pictures yet."),
                new Place("models", "/admin/models", "text=The cache is empty."),
                new Place("playground", "/admin/playground", "text=No nodes yet: a task waits until there is one."),
                new Place("activity", "/admin/activity", "text=Nothing has happened yet."),
                new Place("missing", "/admin/nowhere", "text=There is no such page."))) {
            Page page = visitor.open(place.path());
            assertThat(page.locator(place.sign())).isVisible();
            Axe.violations(page).forEach(violation -> found.add(place.name() + ": " + violation));
            visitor.shifts().forEach(shift -> found.add(place.name() + " moves: " + shift));
            picture(page, "empty-" + place.name());
        }
        assertThat(found).isEmpty();
    }

    @Test
    void aTaskThatThereIsNotIsSaidNotToBe(House house, Visitor visitor) throws Exception {
        house.openWithOneNode();
        Page page = visitor.expecting("404").open("/admin/tasks/00000000-0000-4000-8000-000000000000");

        assertThat(page.locator(".empty")).containsText("There is no such task.");
    }

    @Test
    void theDefaultPasswordIsWarnedOfFromTheFirstPaintOn(House house, Visitor visitor) throws Exception {
        house.set("PASSWORD", "admin").openWithOneNode();
        Page page = visitor.stranger();

        page.navigate(house.url("/admin").replace("://", "://admin:admin@"));

        assertThat(page.locator(".live")).containsText("Live");
        assertThat(page.locator(".banner")).containsText("The default password is in force");
        assertThat(visitor.shifts()).isEmpty();
    }

    /// A router with something of everything, and its pages.
    private static List<Place> lively(House house) throws Exception {
        FakeComfyServer node = house.set("NODE__CHECK_INTERVAL", "1s").openWithOneNode();
        String done =
                house.run("a lighthouse on a cliff, evening light").path("id").asText();
        house.run("portrait, soft light from a window");
        node.faults().outOfMemory(9);
        String failed = house.run("far too large").path("id").asText();
        node.faults().heal();
        house.caller().post("/cluster/nodes", "{\"url\":\"http://" + house.nobody() + "\",\"name\":\"gpu-07\"}");
        house.await("/cluster/nodes/2", state -> state.path("lastError").isTextual());
        node.holdExecutions();
        String running = house.runs("a harbour in the fog");
        house.submit("one that waits");
        house.submit("another one that waits");
        return List.of(
                new Place("overview", "/admin", ".wall > li"),
                new Place("nodes", "/admin/nodes", "[data-row]"),
                new Place("node", "/admin/nodes/2", "dialog h3"),
                new Place("tasks", "/admin/tasks", "[data-row]"),
                new Place("task-done", "/admin/tasks/" + done, ".timeline"),
                new Place("task-failed", "/admin/tasks/" + failed, ".failure"),
                new Place("task-running", "/admin/tasks/" + running, ".timeline"),
                new Place("gallery", "/admin/gallery", ".shot img"),
                new Place("lightbox", "/admin/gallery/" + done + "/0", ".light .facts"),
                new Place("models", "/admin/models", ".share"),
                new Place("playground", "/admin/playground", ".acts.run"),
                new Place("activity", "/admin/activity", ".activity li"),
                new Place("settings", "/admin/settings", ".facts"));
    }

    private static void picture(Page page, String name) {
        page.screenshot(new Page.ScreenshotOptions().setPath(PICTURES.resolve(name + ".png")));
    }
}
