package dev.comfyrouter.server.page;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.microsoft.playwright.Download;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.PlaywrightException;
import com.microsoft.playwright.Response;
import dev.comfyrouter.client.ComfyClient;
import dev.comfyrouter.testkit.FakeComfyServer;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Result files that could do something in a browser: they are saved, or shown with their hands bound.
@InChromium
final class ResultsBrowserIT {
    private static final String SCRIPT = "<script>document.title = 'it ran'; fetch('/session')</script>";
    private static final String SVG =
            "<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'>" + SCRIPT + "</svg>";

    @ParameterizedTest
    @CsvSource({"page.html", "drawing.svg", "style.xhtml"})
    void whatABrowserWouldRunIsSavedInstead(String name, House house, Visitor visitor) throws Exception {
        String url = result(house, name);
        Page page = visitor.expecting("ERR_ABORTED").open("/admin");
        List<String> asked = new java.util.ArrayList<>();

        Download saved = page.waitForDownload(() -> {
            page.onRequest(request -> asked.add(URI.create(request.url()).getPath()));
            try {
                page.navigate(house.url(url));
            } catch (PlaywrightException becameADownload) {
                // that is what is waited for
            }
        });

        assertThat(saved.suggestedFilename()).isEqualTo(name);
        assertThat(Files.readString(saved.path())).isEqualTo(content(name));
        assertThat(page.url()).endsWith("/admin");
        assertThat(asked).doesNotContain("/session");
    }

    @Test
    void aTextIsShownAsATextInAPlaceOfItsOwn(House house, Visitor visitor) throws Exception {
        String url = result(house, "notes.txt");
        Page page = visitor.open("/admin");

        Response response = page.navigate(house.url(url));

        assertThat(response.headerValue("content-security-policy")).isEqualTo("default-src 'none'; sandbox");
        assertThat(response.headerValue("x-content-type-options")).isEqualTo("nosniff");
        assertThat(page.locator("body")).containsText(SCRIPT);
        assertThat(page.title()).isEmpty();
        assertThat(page.evaluate("self.origin"))
                .as("it shares nothing with the page")
                .isEqualTo("null");
    }

    @Test
    void aDrawingInsideThePageRunsNothing(House house, Visitor visitor) throws Exception {
        String url = result(house, "drawing.svg");
        Page page = visitor.open("/admin/settings");

        Object width = page.evaluate(
                "(url) => new Promise((done) => { const image = new Image(); image.onload = () =>"
                        + " done(image.naturalWidth); image.onerror = () => done(-1); image.src = url; })",
                house.url(url));

        assertThat(width).isEqualTo(9);
        assertThat(page.title()).doesNotContain("it ran");
    }

    private static String content(String name) {
        return name.endsWith("svg") ? SVG : name.endsWith("txt") ? SCRIPT : "<html><body>" + SCRIPT + "</body></html>";
    }

    /// The address of a file that a node of ours has written.
    private static String result(House house, String name) throws Exception {
        FakeComfyServer node = house.node(FakeComfyServer.builder().behaviour("SaveImage", call -> {
            call.show("{\"gifs\":[{\"filename\":\"" + name + "\",\"subfolder\":\"\",\"type\":\"input\"}]}");
            return List.of();
        }));
        house.open();
        house.join(node, "gpu-01");
        Path file = Files.writeString(house.folder().resolve(name), content(name), StandardCharsets.UTF_8);
        try (ComfyClient client = ComfyClient.builder(node.url()).build()) {
            client.uploadImage(name, file, "", true);
        }
        JsonNode task = house.caller().run("""
                {"type":"Graph","params":{"workflow":{
                  "1":{"class_type":"EmptyImage","inputs":{"width":64,"height":32,"batch_size":1,"color":255}},
                  "2":{"class_type":"SaveImage","inputs":{"images":["1",0],"filename_prefix":"mine"}}}}}""");
        return task.at("/files/0/url").asText();
    }
}
