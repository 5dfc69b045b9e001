package dev.comfyrouter.server.page;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.AriaRole;
import dev.comfyrouter.server.http.FileHost;
import dev.comfyrouter.testkit.FakeComfyServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// What an operator does with the cached files: fetch, watch, pin, delete.
@InChromium
final class ModelsBrowserIT {
    private static final byte[] MODEL = FileHost.safetensors(300_000);

    private FileHost host;

    @BeforeEach
    void start(House house) throws IOException {
        host = FileHost.start();
        house.set("DOWNLOAD__ALLOW_PRIVATE", "localhost,127.0.0.1,::1");
    }

    @AfterEach
    void stop() {
        host.close();
    }

    @Test
    void aModelIsPrefetchedBeforeTheEyesPinnedUnpinnedAndDeleted(House house, Visitor visitor) throws Exception {
        CountDownLatch rest = host.serveInHalves("/ink.safetensors", MODEL);
        house.openWithOneNode();
        Page page = visitor.open("/admin/models");
        assertThat(page.locator(".empty")).containsText("The cache is empty.");

        visitor.button("Prefetch a URL…").first().click();
        Locator dialog = visitor.dialog("Prefetch a URL");
        dialog.getByLabel("URL of the file").fill(host.url("/ink.safetensors?token=s3cret"));
        dialog.getByLabel("Folder on the nodes").selectOption("loras");
        assertThat(Axe.violations(page)).isEmpty();
        dialog.getByText("Prefetch", new Locator.GetByTextOptions().setExact(true))
                .click();
        assertThat(visitor.toast("Download started")).isVisible();
        Locator download = page.locator(".downloads > li");
        assertThat(download).containsText("ink.safetensors");
        assertThat(download).containsText("loras, from localhost");
        assertThat(download).containsText(Pattern.compile("(49|50) % of 293 KiB"));
        assertThat(page.locator("body")).not().containsText("s3cret");
        rest.countDown();
        assertThat(download).containsText("Done, 293 KiB");

        visitor.row("ink.safetensors").locator("a").first().click();
        Locator drawer = visitor.dialog("ink.safetensors");
        assertThat(drawer).containsText("293 KiB");
        drawer.getByText("Pin", new Locator.GetByTextOptions().setExact(true)).click();
        assertThat(visitor.toast("Pinned ink.safetensors: it stays")).isVisible();
        visitor.toast("Pinned").hover(); // it stays while somebody points at it
        assertThat(drawer.locator(".lead")).containsText("pinned");
        assertThat(house.caller().get("/cache").at("/files/0/pinned").asBoolean())
                .isTrue();
        assertThat(Axe.violations(page)).isEmpty();
        visitor.toast("Pinned").getByText("Undo").click();
        assertThat(drawer.getByText("Pin", new Locator.GetByTextOptions().setExact(true)))
                .isVisible();

        drawer.getByText("Delete…").click();
        visitor.dialog("Delete ink.safetensors?").getByText("Delete the file").click();
        assertThat(visitor.toast("Deleted ink.safetensors")).isVisible();
        assertThat(visitor.empty("The cache is empty.")).isVisible();
        assertThat(house.caller().get("/cache").path("files")).isEmpty();
    }

    @Test
    void aDownloadThatFailsSaysWhyNeedsAttentionAndIsTriedAgain(House house, Visitor visitor) throws Exception {
        host.refuse("/gone.safetensors", 404);
        house.openWithOneNode();
        house.caller()
                .post(
                        "/cache/prefetch",
                        "{\"url\":\"" + host.url("/gone.safetensors") + "\",\"folder\":\"checkpoints\"}");
        Page page = visitor.open("/admin");

        Locator need = page.locator(".needs > li");
        assertThat(need).containsText("gone.safetensors");
        assertThat(need).containsText("Download failed: ");
        need.locator("a").click();
        Locator download = page.locator(".downloads > li");
        assertThat(download).containsText("404");
        download.getByText("Try again").click();

        house.await(
                "/activity?kind=act",
                acts -> acts.path("entries").findValuesAsText("text").stream()
                        .anyMatch(text -> text.contains("again")));
        assertThat(download).containsText("404");
    }

    @Test
    void aDownloadIsCancelled(House house, Visitor visitor) throws Exception {
        CountDownLatch never = host.serveInHalves("/slow.safetensors", MODEL);
        house.openWithOneNode();
        house.caller()
                .post("/cache/prefetch", "{\"url\":\"" + host.url("/slow.safetensors") + "\",\"folder\":\"vae\"}");
        Page page = visitor.open("/admin/models");

        page.locator(".downloads > li").getByText("Cancel").click();

        assertThat(page.locator(".downloads")).hasCount(0);
        assertThat(house.caller().get("/cache").path("files")).isEmpty();
        never.countDown();
    }

    @Test
    void theFilesThatWouldGoFirstAreShownBelowALine(House house, Visitor visitor) throws Exception {
        host.serve("/one.safetensors", MODEL);
        host.serve("/two.safetensors", FileHost.safetensors(200_000));
        house.set("DOWNLOAD__MAX_CACHE_BYTES", String.valueOf(9L << 30)).openWithOneNode();
        for (String name : new String[] {"/one.safetensors", "/two.safetensors"}) {
            house.caller().post("/cache/prefetch", "{\"url\":\"" + host.url(name) + "\",\"folder\":\"loras\"}");
            house.await(
                    "/cache",
                    cache -> cache.path("files").findValuesAsText("name").contains(name.substring(1)));
        }
        Page page = visitor.open("/admin/models");

        assertThat(page.locator("[data-row]")).hasCount(2);
        assertThat(page.locator(".share")).containsText("of 9.0 GiB");
        visitor.choose("State", "Pinned");
        assertThat(page.locator(".empty")).containsText("No file matches.");
    }

    @Test
    void aTaskWaitsForItsModelAndAModelInUseIsNotDeleted(House house, Visitor visitor) throws Exception {
        CountDownLatch rest = host.serveInHalves("/ink.safetensors", MODEL);
        Path models = Files.createDirectories(house.folder().resolve("comfyui/models"));
        FakeComfyServer node = house.node(FakeComfyServer.builder().modelsDirectory(models));
        house.open();
        house.join(node, "gpu-01");
        node.holdExecutions();
        Page page = visitor.expecting("409").open("/admin/playground?type=SD15");
        page.getByLabel("Prompt", new Page.GetByLabelOptions().setExact(true)).fill("with a model from afar");
        page.getByRole(AriaRole.RADIO, new Page.GetByRoleOptions().setName("From a URL"))
                .first()
                .check();
        page.getByLabel("Checkpoint", new Page.GetByLabelOptions().setExact(true))
                .fill(host.url("/ink.safetensors"));
        visitor.button("Run").click();
        assertThat(page.locator(".result")).containsText(Pattern.compile("Waits for ink.safetensors.*(49|50) %"));

        page.getByRole(AriaRole.NAVIGATION).getByText("Models").first().click();
        assertThat(page.locator(".downloads > li")).containsText("1 task waits for it");
        rest.countDown();
        node.awaitRunning(Duration.ofSeconds(30));
        visitor.row("ink").locator("a").first().click();
        Locator drawer = page.getByRole(AriaRole.DIALOG);
        assertThat(drawer.locator(".lead")).containsText("in use");
        drawer.getByText("Delete…").click();
        Locator question = page.getByRole(AriaRole.DIALOG).last();
        assertThat(question).containsText("1 task uses it now: the router will refuse.");
        question.getByText("Delete the file").click();

        assertThat(question.locator(".problem")).containsText("Not deleted: ");
        assertThat(house.caller().get("/cache").path("files")).hasSize(1);
    }
}
