package dev.comfyrouter.server.page;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Route;
import dev.comfyrouter.testkit.FakeComfyServer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/// The page when the router is away, late, restarted, updated, or no longer knows the visitor.
@InChromium
final class ConnectionBrowserIT {
    private static final String REFUSED = "Failed to load resource";

    @Test
    void aRouterThatIsGoneLeavesThePageReadableAndIsReadAgainWhenItIsBack(House house, Visitor visitor)
            throws Exception {
        house.openWithOneNode();
        house.run("before");
        Page page = visitor.expectingAnOutage().atOwnTime().open("/admin/tasks");
        assertThat(visitor.row("before")).containsText("Done");

        house.stop();
        assertThat(page.locator(".live")).containsText("Reconnecting");
        page.clock().fastForward(6_000);
        assertThat(page.locator(".banner.passing")).containsText("Connection lost, retrying. Shown as of ");
        assertThat(page.locator(".page")).hasClass("page stale");
        page.clock().fastForward(31_000);
        assertThat(page.locator(".banner.passing")).containsText("The router does not answer.");
        assertThat(visitor.row("before")).isVisible();
        assertThat(Axe.violations(page)).isEmpty();

        visitor.pauseTime(); // or the page comes back by itself before it is told to
        house.open();
        house.run("afterwards");
        visitor.button("Try now").click();
        page.clock().resume();
        assertThat(page.locator(".live")).containsText("Live");
        assertThat(page.locator(".banner.passing")).hasCount(0);
        assertThat(visitor.row("afterwards")).containsText("Done");
        assertThat(page.locator(".page")).hasClass("page");
    }

    @Test
    void aRouterThatIsKilledUnderThePageGoesOnWhereItWasWhenItIsStartedAgain(House house, Visitor visitor)
            throws Exception {
        FakeComfyServer node = house.node(FakeComfyServer.builder());
        node.holdExecutions();
        house.openApart();
        house.join(node, "gpu-01");
        house.submit("survives");
        Page page = visitor.expectingAnOutage().atOwnTime().open("/admin/tasks");
        assertThat(visitor.row("survives")).containsText("Running");
        page.locator("input[type=search]").fill("surv");

        house.kill();

        assertThat(page.locator(".live")).containsText("Reconnecting");
        page.clock().fastForward(31_000);
        assertThat(page.locator(".banner.passing")).containsText("The router does not answer. Next try in ");
        assertThat(visitor.row("survives")).containsText("Running");

        visitor.pauseTime(); // or the page comes back by itself before it is told to
        house.openApart();
        visitor.button("Try now").click();
        page.clock().resume();
        assertThat(page.locator(".live")).containsText("Live");
        assertThat(page.locator(".banner.passing")).hasCount(0);
        node.releaseAll();
        assertThat(visitor.row("survives")).containsText("Done");
        assertThat(page.locator("input[type=search]")).hasValue("surv");
        assertThat(node.startedExecutions()).isOne();
    }

    @Test
    void aFirstAnswerThatTakesLongHasRowsInItsPlaceAndMovesNothing(House house, Visitor visitor) throws Exception {
        house.openWithOneNode();
        house.run("late");
        Page page = visitor.signedIn();
        List<Route> held = new ArrayList<>();
        page.route("**/state", held::add);

        page.navigate(house.url("/admin/tasks"));

        Locator loading = page.locator("[aria-busy=true]");
        assertThat(loading).containsText("Loading tasks…");
        page.waitForCondition(() -> !held.isEmpty());
        held.forEach(Route::resume);
        assertThat(visitor.row("late")).containsText("Done");
        assertThat(loading).hasCount(0);
        assertThat(visitor.shifts()).isEmpty();
    }

    @Test
    void aStreamThatFallsQuietDimsWhatIsOldAndSaysHowOldItIs(House house, Visitor visitor) throws Exception {
        house.openWithOneNode();
        Page page = visitor.atOwnTime().open("/admin/nodes");

        house.cable().silence(true);
        page.clock().fastForward(6_000);
        assertThat(page.locator(".banner.passing")).containsText("Connection lost, retrying. Shown as of ");
        assertThat(page.locator(".page")).hasClass("page stale");

        house.cable().silence(false);
        assertThat(page.locator(".page")).hasClass("page");
        assertThat(page.locator(".banner.passing")).hasCount(0);
        assertThat(page.locator(".live")).containsText("Live");
    }

    @Test
    void aStreamThatIsCutGoesOnWhereItWas(House house, Visitor visitor) throws Exception {
        house.openWithOneNode();
        Page page = visitor.expecting("ERR_").open("/admin/tasks");
        List<String> reads = new ArrayList<>();
        page.onRequest(request -> reads.add(request.url()));

        house.cable().cut();
        house.run("while it was cut");

        assertThat(visitor.row("while it was cut")).containsText("Done");
        assertThat(reads).noneMatch(url -> url.endsWith("/state"));
    }

    @Test
    void aProxyWithoutItsRouterIsTriedAgainUntilTheRouterIsBack(House house, Visitor visitor) throws Exception {
        house.openWithOneNode();
        Page page = visitor.expectingAnOutage().atOwnTime().open("/admin");

        house.cable().answer(502);
        house.cable().cut();
        assertThat(page.locator(".live")).containsText("Reconnecting");
        page.clock().fastForward(31_000);
        assertThat(page.locator(".banner.passing")).containsText("The router does not answer.");

        house.cable().answer(0);
        page.clock().fastForward(31_000);
        assertThat(page.locator(".live")).containsText("Live");
    }

    @Test
    void aPasswordThatIsNoLongerRightEndsTheStreamWithoutAStormAndKeepsWhatWasTyped(House house, Visitor visitor)
            throws Exception {
        house.openWithOneNode();
        Page page = visitor.expectingAnOutage().atOwnTime().open("/admin/playground");
        page.getByLabel("Prompt", new Page.GetByLabelOptions().setExact(true)).fill("a half-written wish");

        house.stop();
        house.set("PASSWORD", "another secret").open();
        page.clock().fastForward(5_000);
        assertThat(page.locator(".banner.passing")).containsText("You are signed out. What you typed is kept.");
        assertThat(page.locator(".live")).containsText("Signed out");
        List<String> requests = new ArrayList<>();
        page.onRequest(request -> requests.add(request.url()));
        page.clock().fastForward(120_000);
        assertThat(page.locator(".banner.passing")).containsText("You are signed out.");
        assertThat(requests).isEmpty();

        page.navigate(house.url("/admin/favicon.svg").replace("://", "://admin:another%20secret@"));
        page.navigate(house.url("/admin/playground"));
        assertThat(page.getByLabel("Prompt", new Page.GetByLabelOptions().setExact(true)))
                .hasValue("a half-written wish");
    }

    @Test
    void anUpdatedRouterAsksForAReloadAndDoesNotTakeIt(House house, Visitor visitor) throws Exception {
        house.openWithOneNode();
        Page page = visitor.expectingAnOutage().atOwnTime().open("/admin/settings");
        page.evaluate("window.__same = true");

        house.stop();
        house.version("1.4.0").open();
        page.clock().fastForward(5_000);

        assertThat(page.locator(".banner.passing"))
                .containsText("The router was updated to 1.4.0. Reload to use the new page.");
        assertThat(page.evaluate("window.__same")).isEqualTo(true);
        visitor.button("Reload").click();
        assertThat(page.locator("main")).containsText("1.4.0");
        assertThat(page.locator(".banner.passing")).hasCount(0);
    }

    @Test
    void aHiddenTabLetsGoOfItsStreamAndTakesItUpWhenItIsSeen(House house, Visitor visitor) throws Exception {
        house.openWithOneNode();
        Page page = visitor.atOwnTime().open("/admin/tasks");

        page.evaluate("Object.defineProperty(document, 'hidden', { value: true, configurable: true });"
                + "document.dispatchEvent(new Event('visibilitychange'))");
        page.clock().fastForward(11_000);
        assertThat(page.locator(".live")).containsText("Asleep");
        house.run("unseen");
        page.evaluate("delete document.hidden; document.dispatchEvent(new Event('visibilitychange'))");

        assertThat(page.locator(".live")).containsText("Live");
        assertThat(visitor.row("unseen")).containsText("Done");
    }

    @Test
    void updatesCanBePaused(House house, Visitor visitor) throws Exception {
        house.openWithOneNode();
        Page page = visitor.open("/admin/tasks");

        page.getByTitle("Pause updates (p)").click();
        assertThat(page.locator(".live")).containsText("Paused");
        assertThat(page.locator(".banner.passing")).containsText("Paused. Shown as of");
        house.run("later");
        visitor.button("Go on").click();

        assertThat(page.locator(".live")).containsText("Live");
        assertThat(visitor.row("later")).containsText("Done");
    }

    @Test
    void anActThatTheRouterDoesNotAnswerSaysSoAndCanBeTriedAgain(House house, Visitor visitor) throws Exception {
        house.openWithOneNode().holdExecutions();
        house.submit("runs");
        Page page = visitor.expecting("ERR_").open("/admin");
        Locator cancel = page.locator(".wall").getByText("Cancel");
        assertThat(cancel).isVisible();

        page.route("**/workflow/*", Route::abort);
        cancel.click();
        assertThat(visitor.toast("#1 is not cancelled: the router did not answer. Try again."))
                .isVisible();
        page.unroute("**/workflow/*");
        cancel.click();

        assertThat(visitor.toast("Cancelling #1")).isVisible();
        house.await(
                "/workflow?limit=1",
                tasks -> tasks.at("/tasks/0/status").asText().equals("cancelled"));
    }

    @Test
    void aPartThatFailsSaysSoInItsPlaceAndTheRestLives(House house, Visitor visitor) throws Exception {
        house.openWithOneNode();
        house.run("known from the state");
        visitor.expecting(REFUSED)
                .signedIn()
                .route(
                        "**/workflow?*",
                        route -> route.fulfill(new Route.FulfillOptions()
                                .setStatus(503)
                                .setContentType("application/problem+json")
                                .setBody(
                                        "{\"title\":\"Unavailable\",\"status\":503,\"detail\":\"the disk is full\"}")));
        Page page = visitor.open("/admin/tasks");

        assertThat(page.locator(".problem")).containsText("The tasks could not be read: the disk is full");
        assertThat(visitor.row("known from the state")).isVisible();
        page.unroute("**/workflow?*");
        visitor.button("Try again").click();
        assertThat(page.locator(".problem")).hasCount(0);
    }

    @Test
    void aPageThatIsOpenedDeepDownIsSignedInForTheWholeRouter(House house, Visitor visitor) throws Exception {
        house.openWithOneNode();
        String id = house.run("deep").path("id").asText();
        Page page = visitor.stranger();

        page.navigate(house.url("/admin/tasks/" + id).replace("://", "://admin:a%20secret@"));

        assertThat(page.locator(".live")).containsText("Live");
        assertThat(page.locator("main")).containsText("deep");
        page.navigate(house.url("/admin/tasks?state=done"));
        visitor.button("Copy link").click();
        assertThat(visitor.copied()).isEqualTo(house.url("/admin/tasks?state=done"));
    }

    @Test
    void aPageOnPlainHttpOfALocalNetworkCopiesWithoutTheClipboardOfSecurePages(House house, Visitor visitor)
            throws Exception {
        house.inLan().openWithOneNode();
        Page page = visitor.with(options -> options.setPermissions(List.of()))
                .expecting("Cross-Origin-Opener-Policy header has been ignored")
                .open("/admin/tasks?state=done");
        assertThat(page.evaluate("isSecureContext")).isEqualTo(false);

        visitor.button("Copy link").click();

        assertThat(visitor.toast("Copied")).isVisible();
        page.locator("input[type=search]").focus();
        page.keyboard().press("Control+v");
        assertThat(page.locator("input[type=search]")).hasValue(house.url("/admin/tasks?state=done"));
    }
}
