package dev.comfyrouter.server.page;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Route;
import com.microsoft.playwright.options.AriaRole;
import dev.comfyrouter.testkit.FakeComfyServer;
import org.junit.jupiter.api.Test;

/// What an operator does with nodes: look at addresses, add them, drain, resume, remove.
@InChromium
final class NodesBrowserIT {
    @Test
    void addressesAreLookedAtBeforeTheyBecomeNodes(House house, Visitor visitor) throws Exception {
        FakeComfyServer good = house.node(FakeComfyServer.builder());
        String refused = house.nobody();
        house.open();
        Page page = visitor.open("/admin/nodes");
        assertThat(page.locator(".empty"))
                .containsText("Add the address of a running ComfyUI and the router will send it work.");

        visitor.button("Add nodes…").first().click();
        Locator dialog = visitor.dialog("Add nodes");
        dialog.getByLabel("Addresses, one per line").fill(good.url() + "\n" + refused + "\n");
        dialog.getByText("Check 2 addresses").click();
        Locator checks = dialog.locator(".checks > li");
        assertThat(checks).hasCount(2);
        assertThat(checks.nth(0)).containsText("ComfyUI 0.33.0");
        assertThat(checks.nth(0).getByRole(AriaRole.CHECKBOX)).isChecked();
        assertThat(checks.nth(1)).containsText("refused the connection. Is ComfyUI started with --listen?");
        assertThat(checks.nth(1).getByRole(AriaRole.CHECKBOX)).not().isChecked();
        assertThat(Axe.violations(page)).isEmpty();
        dialog.getByText("Add 1 node").click();

        assertThat(dialog).hasCount(0);
        assertThat(visitor.row(good.url().getAuthority())).containsText("Idle");
        assertThat(house.caller().get("/cluster/nodes").path("nodes")).hasSize(1);
    }

    @Test
    void anAddressThatIsANodeAlreadyIsSaidToBeOneAndIsNotAddedTwice(House house, Visitor visitor) throws Exception {
        FakeComfyServer known = house.openWithOneNode();
        visitor.open("/admin/nodes");

        visitor.button("Add nodes…").click();
        Locator dialog = visitor.dialog("Add nodes");
        dialog.getByLabel("Addresses, one per line").fill("http://localhost:" + known.port());
        dialog.getByText("Check address").click();

        assertThat(dialog.locator(".checks > li")).containsText("Is among the nodes already.");
        assertThat(dialog.getByText("Nothing to add")).isDisabled();
    }

    @Test
    void aNodeThatIsDrainedFinishesItsWorkGetsNoMoreAndCanBeResumed(House house, Visitor visitor) throws Exception {
        FakeComfyServer node = house.openWithOneNode();
        node.holdExecutions();
        house.submit("the last one");
        Page page = visitor.open("/admin/nodes");
        assertThat(visitor.row("gpu-01")).containsText("#1");

        visitor.row("gpu-01").locator("a").first().click();
        Locator drawer = visitor.dialog("gpu-01");
        drawer.getByText("Drain", exact()).click();
        assertThat(visitor.toast("Draining gpu-01: it gets no new work")).isVisible();
        assertThat(drawer).containsText("Busy, draining");
        assertThat(drawer).containsText("then stops");
        house.submit("has to wait");
        node.releaseAll();
        assertThat(drawer).containsText("Drained, safe to stop");
        assertThat(node.startedExecutions()).isEqualTo(1);
        page.goBack();
        assertThat(drawer).hasCount(0);

        visitor.row("gpu-01").getByRole(AriaRole.CHECKBOX).click();
        page.getByRole(AriaRole.TOOLBAR).getByText("Resume").click();
        assertThat(visitor.toast("gpu-01 gets work again")).isVisible();
        house.await("/workflow?status=done", tasks -> tasks.path("tasks").size() == 2);
    }

    @Test
    void drainingCanBeUndone(House house, Visitor visitor) throws Exception {
        house.openWithOneNode();
        visitor.open("/admin/nodes");

        visitor.row("gpu-01").focus();
        visitor.page().keyboard().press("d");
        assertThat(visitor.row("gpu-01")).containsText("Drained");
        visitor.toast("Drained gpu-01, safe to stop").getByText("Undo").click();

        assertThat(visitor.row("gpu-01")).containsText("Idle");
    }

    @Test
    void aNodeWithoutWorkIsRemovedAfterOneQuestion(House house, Visitor visitor) throws Exception {
        house.openWithOneNode();
        visitor.open("/admin/nodes/1");

        visitor.dialog("gpu-01").getByText("Remove…").click();
        Locator question = visitor.dialog("Remove gpu-01?");
        assertThat(question.getByText("Keep as it is")).isFocused();
        question.getByText("Remove gpu-01", exact()).click();

        assertThat(visitor.toast("Removed gpu-01")).isVisible();
        assertThat(visitor.empty("No nodes yet.")).isVisible();
        assertThat(house.caller().get("/cluster/nodes").path("nodes")).isEmpty();
    }

    @Test
    void aBusyNodeIsDrainedFirstUnlessItsTaskMayStartAgainElsewhere(House house, Visitor visitor) throws Exception {
        FakeComfyServer node = house.openWithOneNode();
        node.holdExecutions();
        house.runs("runs");
        Page page = visitor.open("/admin/nodes/1");
        assertThat(visitor.dialog("gpu-01")).containsText("Busy");

        visitor.dialog("gpu-01").getByText("Remove…").click();
        Locator question = visitor.dialog("Remove gpu-01?");
        assertThat(question).containsText("It runs #1.");
        assertThat(question.getByText("Remove now")).isVisible();
        assertThat(Axe.violations(page)).isEmpty();
        question.getByText("Drain, then remove").click();
        assertThat(visitor.toast("gpu-01 finishes its work and is then removed"))
                .isVisible();
        node.releaseAll();

        assertThat(visitor.empty("No nodes yet.")).isVisible();
        house.await(
                "/workflow?limit=1",
                tasks -> tasks.at("/tasks/0/status").asText().equals("done"));
    }

    @Test
    void aNodeThatGotWorkMeanwhileIsAskedForAgain(House house, Visitor visitor) throws Exception {
        house.openWithOneNode();
        visitor.expecting("409").signedIn().route("**/cluster/nodes/1", route -> {
            if (route.request().method().equals("DELETE")
                    && !route.request().url().contains("mode=")) {
                route.fulfill(new Route.FulfillOptions()
                        .setStatus(409)
                        .setContentType("application/problem+json")
                        .setBody("{\"title\":\"Busy\",\"status\":409,\"detail\":\"gpu-01 runs #7 (60 %)\"}"));
            } else {
                route.resume();
            }
        });
        visitor.open("/admin/nodes/1");

        visitor.dialog("gpu-01").getByText("Remove…").click();
        visitor.dialog("Remove gpu-01?").getByText("Remove gpu-01", exact()).click();

        assertThat(visitor.dialog("Remove gpu-01?")).containsText("gpu-01 runs #7 (60 %)");
        assertThat(visitor.dialog("Remove gpu-01?").getByText("Drain, then remove"))
                .isVisible();
    }

    @Test
    void theListIsFilteredSortedAndSharedByItsAddress(House house, Visitor visitor) throws Exception {
        house.openWithOneNode();
        house.join(house.node(FakeComfyServer.builder()), "gpu-02");
        Page page = visitor.open("/admin/nodes");

        page.locator("input[type=search]").fill("gpu-02");
        assertThat(page.locator("[data-row]")).hasCount(1);
        assertThat(page).hasURL(house.url("/admin/nodes?q=gpu-02"));
        page.locator("input[type=search]").fill("");
        assertThat(page.locator("[data-row]")).hasCount(2);
        page.getByText("Node ↑").click();
        assertThat(page.locator("[data-row]").first()).containsText("gpu-02");
        visitor.choose("State", "Offline");
        assertThat(page.locator(".empty")).containsText("2 nodes are hidden by the filter.");
        assertThat(page).hasURL(house.url("/admin/nodes?sort=-name&state=offline"));
    }

    @Test
    void oneServerUnderTwoAddressesIsSaidToBeOneUntilOneIsRemoved(House house, Visitor visitor) throws Exception {
        FakeComfyServer node = house.openWithOneNode();
        try (Cable tunnel = new Cable()) {
            tunnel.leadTo(node.port());
            house.caller()
                    .post("/cluster/nodes", "{\"url\":\"http://127.0.0.1:" + tunnel.port() + "\",\"name\":\"gpu-02\"}");
            house.await("/cluster/nodes/2", NodesBrowserIT::idle);
            node.holdExecutions();
            house.submit("seen twice");
            house.await(
                    "/cluster/nodes/1", state -> state.path("sameAs").asText().equals("2"));
            node.releaseAll();
            house.await("/workflow?status=done", tasks -> tasks.path("tasks").size() == 1);
            house.await("/cluster/nodes/1", NodesBrowserIT::idle);
            house.await("/cluster/nodes/2", NodesBrowserIT::idle);
            Page page = visitor.open("/admin");
            assertThat(page.locator(".needs > li")).hasCount(2);
            assertThat(page.locator(".needs > li").first())
                    .containsText("The same ComfyUI as gpu-02: remove one of them");
            assertThat(page.locator(".needs > li").first().getByText("Remove…")).isVisible();

            page.navigate(house.url("/admin/nodes"));
            assertThat(visitor.row("gpu-01").locator(".tag")).hasText("same server");
            assertThat(visitor.row("gpu-01").locator(".tag"))
                    .hasAttribute("title", "The same ComfyUI as gpu-02: remove one of them");
            assertThat(Axe.violations(page)).isEmpty();
            visitor.row("gpu-02").locator("a").first().click();
            Locator drawer = visitor.dialog("gpu-02");
            assertThat(drawer).containsText("The same ComfyUI as gpu-01: remove one of them");
            assertThat(Axe.violations(page)).isEmpty();
            drawer.getByText("Remove…").click();
            visitor.dialog("Remove gpu-02?").getByText("Remove gpu-02", exact()).click();

            assertThat(visitor.toast("Removed gpu-02")).isVisible();
            assertThat(page.locator("[data-row]")).hasCount(1);
            assertThat(visitor.row("gpu-01").locator(".tag")).hasCount(0);
        }
    }

    private static boolean idle(JsonNode state) {
        return state.path("status").asText().equals("idle");
    }

    private static Locator.GetByTextOptions exact() {
        return new Locator.GetByTextOptions().setExact(true);
    }
}
