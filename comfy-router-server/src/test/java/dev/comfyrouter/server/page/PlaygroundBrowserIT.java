package dev.comfyrouter.server.page;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.microsoft.playwright.JSHandle;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.AriaRole;
import com.microsoft.playwright.options.FilePayload;
import dev.comfyrouter.testkit.FakeComfyServer;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Base64;
import java.util.Map;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;

/// A first picture without reading anything, and everything the form can be filled with.
@InChromium
final class PlaygroundBrowserIT {
    private static final String FILL = "(data) => { const bytes = Uint8Array.from(atob(data), (c) => c.charCodeAt(0));"
            + " const transfer = new DataTransfer();"
            + " transfer.items.add(new File([bytes], 'given.png', { type: 'image/png' })); return transfer; }";

    @Test
    void aNewcomerAddsANodeRunsAPictureAndCopiesItAsCurl(House house, Visitor visitor) throws Exception {
        FakeComfyServer node = house.node(FakeComfyServer.builder());
        house.open();
        Page page = visitor.open("/admin");
        visitor.button("Add nodes…").first().click();
        visitor.dialog("Add nodes")
                .getByLabel("Addresses, one per line")
                .fill(node.url().getAuthority());
        page.keyboard().press("Control+Enter");
        visitor.dialog("Add nodes").getByText("Add 1 node").click();
        assertThat(page.locator(".cards")).containsText("1 idle");

        page.getByRole(AriaRole.NAVIGATION).getByText("Playground").first().click();
        prompt(page).fill("a first picture");
        page.keyboard().press("Control+Enter");
        Locator picture = page.locator(".result .stage img");
        assertThat(picture).hasAttribute("alt", "Result 1 of #1");
        assertThat(picture.evaluate("(image) => image.decode().then(() => image.naturalWidth)"))
                .isEqualTo(512);
        assertThat(page.locator(".result")).containsText("Done");
        visitor.button("Copy as curl").first().click();

        assertThat(visitor.copied()).contains(house.url("/workflow")).contains("a first picture");
    }

    @Test
    void everyMistakeIsShownAtItsFieldAndTheFirstHasTheFocus(House house, Visitor visitor) throws Exception {
        house.openWithOneNode();
        Page page = visitor.expecting("422").open("/admin/playground?type=SD15");
        prompt(page).fill("wrong sizes");
        field(page, "Width").fill("513");
        field(page, "Height").fill("7");
        page.evaluate("document.querySelector('form').noValidate = true");

        visitor.button("Run").click();

        Locator summary = page.locator(".summary");
        assertThat(summary).containsText("2 values are wrong:");
        assertThat(field(page, "Width")).isFocused();
        assertThat(field(page, "Width")).hasAttribute("aria-invalid", "true");
        assertThat(Axe.violations(page)).isEmpty();
        summary.getByText("Height").click();
        assertThat(field(page, "Height")).isFocused();
        field(page, "Height").fill("512");
        assertThat(summary).hasCount(0);
    }

    @Test
    void aFullQueueIsToldOnTheForm(House house, Visitor visitor) throws Exception {
        FakeComfyServer node = house.set("PENDING_LIMIT", "1").openWithOneNode();
        node.holdExecutions();
        house.runs("runs");
        house.submit("waits");
        Page page = visitor.expecting("429").open("/admin/playground?type=SD15");
        prompt(page).fill("one too many");

        visitor.button("Run").click();

        assertThat(page.locator("form .problem"))
                .hasText("The queue is full (1 of 1). Try again when a task has finished.");
        assertThat(prompt(page)).hasValue("one too many");
    }

    @Test
    void aPictureIsGivenAsAFileByDroppingAndByPasting(House house, Visitor visitor) throws Exception {
        house.openWithOneNode();
        byte[] png = png(96, 64);
        Page page = visitor.open("/admin/playground?type=SD15");
        prompt(page).fill("from a picture");
        page.locator("details.fold > summary").getByText("Input image").click();
        Locator field = page.locator(".image-field").first();

        field.locator("input[type=file]").setInputFiles(new FilePayload("chosen.png", "image/png", png));
        assertThat(field).containsText("chosen.png, 96 × 64");
        field.getByText("Take away").click();
        JSHandle transfer = page.evaluateHandle(FILL, Base64.getEncoder().encodeToString(png));
        field.dispatchEvent("drop", Map.of("dataTransfer", transfer));
        assertThat(field).containsText("given.png, 96 × 64");
        field.getByText("Take away").click();
        field.locator("input[type=text]")
                .evaluate(
                        "(input, data) => input.dispatchEvent(new ClipboardEvent('paste', { clipboardData: (" + FILL
                                + ")(data), bubbles: true, cancelable: true }))",
                        Base64.getEncoder().encodeToString(png));
        assertThat(field).containsText("given.png, 96 × 64");
        assertThat(Axe.violations(page)).isEmpty();
        visitor.button("Run").click();

        assertThat(page.locator(".result .stage img")).hasAttribute("alt", "Result 1 of #1");
        JsonNode task = house.caller().get("/workflow?limit=1").at("/tasks/0");
        JsonNode whole = house.caller().get("/workflow/" + task.path("id").asText());
        assertThat(whole.at("/params/input_image/bytes").asInt()).isEqualTo(png.length);
        assertThat(task.at("/images/0/width").asInt()).isEqualTo(96);
    }

    @Test
    void whatIsNotAPictureIsRefusedInPlace(House house, Visitor visitor) throws Exception {
        house.openWithOneNode();
        Page page = visitor.open("/admin/playground?type=SD15");

        page.locator(".image-field input[type=file]")
                .first()
                .setInputFiles(new FilePayload("notes.txt", "text/plain", new byte[] {1}));

        assertThat(page.locator(".image-field .problem"))
                .hasText("The picture cannot be used: only PNG, JPEG and WebP pictures can be used.");
    }

    @Test
    void aTaskIsEditedAndRunAndAResultBecomesAnInput(House house, Visitor visitor) throws Exception {
        house.openWithOneNode();
        String id = house.run("the original").path("id").asText();
        Page page = visitor.open("/admin/tasks/" + id);

        page.getByText("Edit and run").click();
        assertThat(prompt(page)).hasValue("the original");
        assertThat(field(page, "Width")).hasValue("64");
        page.navigate(house.url("/admin/gallery/" + id + "/0"));
        page.getByText("Use as input").click();
        assertThat(page.locator(".image-field").first()).containsText("64 × 64");
        prompt(page).fill("the second");
        visitor.button("Copy JSON").click();

        JsonNode body = new ObjectMapper().readTree(visitor.copied());
        assertThat(body.at("/params/prompt").asText()).isEqualTo("the second");
        assertThat(body.at("/params/input_image/type").asText()).isEqualTo("base64");
        assertThat(house.caller().run(body.toString()).path("status").asText()).isEqualTo("done");
    }

    @Test
    void aGraphIsRunAsItIsPastedAndBadJsonIsToldBeforeItIsSent(House house, Visitor visitor) throws Exception {
        house.openWithOneNode();
        Page page = visitor.open("/admin/playground?type=Graph");
        Locator graph = page.locator("textarea.mono").first();
        graph.fill("{ not json");
        visitor.button("Run").click();
        assertThat(page.locator(".summary")).isVisible();

        graph.fill("""
                {"1":{"class_type":"EmptyImage","inputs":{"width":64,"height":32,"batch_size":1,"color":255}},
                 "2":{"class_type":"SaveImage","inputs":{"images":["1",0],"filename_prefix":"mine"}}}""");
        visitor.button("Run").click();

        assertThat(page.locator(".result .stage img")).hasAttribute("alt", "Result 1 of #1");
    }

    private static Locator prompt(Page page) {
        return field(page, "Prompt");
    }

    private static Locator field(Page page, String label) {
        return page.getByLabel(label, new Page.GetByLabelOptions().setExact(true));
    }

    private static byte[] png(int width, int height) throws IOException {
        var bytes = new ByteArrayOutputStream();
        ImageIO.write(new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB), "png", bytes);
        return bytes.toByteArray();
    }
}
