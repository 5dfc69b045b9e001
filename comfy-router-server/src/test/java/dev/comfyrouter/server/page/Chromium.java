package dev.comfyrouter.server.page;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.BrowserType;
import com.microsoft.playwright.Playwright;
import com.microsoft.playwright.assertions.PlaywrightAssertions;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/// The browser of this machine, started once for all tests.
///
/// `COMFY_TEST_CHROMIUM` names another one than that of the path. Nothing is downloaded.
final class Chromium implements AutoCloseable {
    /// How long anything may take before the test has failed; a loaded machine needs more than it should.
    static final double PATIENCE_MS = 30_000;

    private static final List<String> NAMES =
            List.of("chromium", "chromium-browser", "google-chrome", "google-chrome-stable");

    private final Playwright playwright;
    private final Browser browser;

    Chromium(Path executable) {
        playwright = Playwright.create(
                new Playwright.CreateOptions().setEnv(Map.of("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1")));
        browser = playwright
                .chromium()
                .launch(new BrowserType.LaunchOptions()
                        .setExecutablePath(executable)
                        // The first start after an installation reads all of it from the disk.
                        .setTimeout(4 * PATIENCE_MS)
                        // Containers forbid the name spaces that the sandbox is made of.
                        .setChromiumSandbox(false)
                        .setArgs(List.of("--host-resolver-rules=MAP " + House.LAN_NAME + " 127.0.0.1")));
        PlaywrightAssertions.setDefaultAssertionTimeout(PATIENCE_MS);
    }

    Browser browser() {
        return browser;
    }

    static Optional<Path> executable() {
        String given = System.getenv("COMFY_TEST_CHROMIUM");
        if (given != null) {
            return Optional.of(Path.of(given));
        }
        String path = Optional.ofNullable(System.getenv("PATH")).orElse("");
        return NAMES.stream()
                .flatMap(name -> Stream.of(path.split(File.pathSeparator)).map(folder -> Path.of(folder, name)))
                .filter(Files::isExecutable)
                .findFirst();
    }

    @Override
    public void close() {
        browser.close();
        playwright.close();
    }
}
