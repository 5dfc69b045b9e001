package dev.comfyrouter.server.page;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.ColorScheme;
import dev.comfyrouter.server.result.Pictures;
import dev.comfyrouter.server.task.PictureWish;
import dev.comfyrouter.testkit.FakeComfyServer;
import dev.comfyrouter.workflows.PictureHeader;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;

/// Makes the pictures of the README from simulated nodes. It checks nothing and is run by hand:
///
/// `./mvnw -pl comfy-router-server -am test -Dtest=ReadmePictures -Dsurefire.failIfNoSpecifiedTests=false`
@InChromium
final class ReadmePictures {
    private static final Path FOLDER = Path.of("../docs/images");
    private static final PictureWish WISH = new PictureWish(PictureHeader.Format.WEBP, 82);
    private static final int LARGEST = 200_000;
    private static final List<String> PROMPTS = List.of(
            "a lighthouse on a cliff, evening light",
            "portrait, soft light from a window",
            "a harbour in the fog, watercolour",
            "an old tram in the rain at night",
            "mountains above the clouds, first snow",
            "a library in a greenhouse");

    @Test
    void overview(House house, Visitor visitor) throws Exception {
        nodes(house);
        submit(house, 12);
        house.await("/workflow?status=done", tasks -> tasks.path("tasks").size() == 12);
        submit(house, 9);
        Page page = visitor.with(options -> options.setViewportSize(1280, 720)).open("/admin");
        Locator previews = page.locator(".wall img.shown");
        assertThat(previews).hasCount(4);
        assertThat(page.locator(".wall > li").first()).containsText(Pattern.compile("1\\d/\\d\\d"));

        keep(page, "overview");
    }

    @Test
    void playground(House house, Visitor visitor) throws Exception {
        nodes(house);
        Page page = visitor.with(options -> options.setViewportSize(1280, 720).setColorScheme(ColorScheme.DARK))
                .open("/admin/playground?type=SDXL");
        page.getByLabel("Prompt", new Page.GetByLabelOptions().setExact(true)).fill(PROMPTS.getFirst());
        page.keyboard().press("Control+Enter");
        Locator picture = page.locator(".result .stage > a img");
        assertThat(picture).isVisible();
        picture.evaluate("(image) => image.decode()");

        keep(page, "playground");
    }

    private static void nodes(House house) throws Exception {
        house.open();
        for (int i = 1; i <= 4; i++) {
            house.join(house.node(FakeComfyServer.builder().demo()), "gpu-0" + i);
        }
        FakeComfyServer gone = FakeComfyServer.start();
        house.caller().post("/cluster/nodes", "{\"url\":\"" + gone.url() + "\",\"name\":\"gpu-05\"}");
        gone.close();
        house.await("/cluster/nodes/5", state -> state.path("lastError").isTextual());
    }

    private static void submit(House house, int count) throws Exception {
        for (int i = 0; i < count; i++) {
            house.caller()
                    .post(
                            "/workflow",
                            "{\"type\":\"SDXL\",\"params\":{\"prompt\":\"" + PROMPTS.get(i % PROMPTS.size())
                                    + "\",\"checkpoint\":\"sdxl-base.safetensors\"}}");
        }
    }

    private static void keep(Page page, String name) throws IOException {
        byte[] shot = page.screenshot();
        byte[] picture = Pictures.encode(ImageIO.read(new ByteArrayInputStream(shot)), WISH);
        assertThat(picture.length).isLessThan(LARGEST);
        Files.createDirectories(FOLDER);
        Files.write(FOLDER.resolve(name + ".webp"), picture);
    }
}
