package dev.comfyrouter.server.page;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.AriaRole;
import dev.comfyrouter.testkit.FakeComfyServer;
import org.junit.jupiter.api.Test;

/// The page's nodes: adding, draining, removing.
@InChromium
final class NodesBrowserIT {
    @Test
    void addressesAreLookedAtBeforeTheyBecomeNodes(House house, Visitor visitor) throws Exception {
        FakeComfyServer good = house.node(FakeComfyServer.builder());
        FakeComfyServer gone = FakeComfyServer.start();
        String refused = gone.url().getAuthority();
        gone.close();
        house.open();
        Page page = visitor.open("/admin/nodes");
        assertThat(page.locator(".empty")).containsText("No nodes yet.");

        visitor.button("Add nodes…").first().click();
        Locator dialog = visitor.dialog("Add nodes");
        dialog.getByLabel("Addresses, one per line").fill(good.url() + "\n" + refused + "\n");
        dialog.getByText("Check 2 addresses").click();
        Locator checks = dialog.locator(".checks > li");
        assertThat(checks).hasCount(2);
        assertThat(checks.nth(0)).containsText("ComfyUI 0.33.0");
        assertThat(checks.nth(0).getByRole(AriaRole.CHECKBOX)).isChecked();
        assertThat(checks.nth(1)).containsText("refused the connection");
        assertThat(checks.nth(1).getByRole(AriaRole.CHECKBOX)).not().isChecked();
        assertThat(Axe.violations(page)).isEmpty();
        dialog.getByText("Add 1 node").click();

        assertThat(dialog).hasCount(0);
        assertThat(page.getByRole(AriaRole.ROW)).hasCount(2);
        assertThat(page.locator("[role=row]").nth(1)).containsText("Idle");
        assertThat(house.caller().get("/cluster/nodes").path("nodes")).hasSize(1);
    }
}
