package dev.comfyrouter.server.page;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.PlaywrightException;
import com.microsoft.playwright.options.AriaRole;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.regex.Pattern;

/// Somebody before the page: a browser window, and everything that the browser complained about.
final class Visitor implements AutoCloseable {
    /// Counted by the browser itself, from the first paint on.
    private static final String WATCH = """
            window.__shifts = [];
            new PerformanceObserver((list) => {
              for (const entry of list.getEntries())
                if (!entry.hadRecentInput)
                  window.__shifts.push(`${entry.value.toFixed(4)}: ` + entry.sources
                    .map(({ node, previousRect: a, currentRect: b }) => `${node?.nodeName}.${node?.className} `
                      + `${a.x},${a.y},${a.width},${a.height} to ${b.x},${b.y},${b.width},${b.height}`)
                    .join("; "));
            }).observe({ type: "layout-shift", buffered: true });
            """;

    private final Browser browser;
    private final House house;
    private final List<String> complaints = new ArrayList<>();
    private final List<String> expected = new ArrayList<>();
    private final Browser.NewContextOptions options = new Browser.NewContextOptions()
            .setViewportSize(1280, 800)
            .setPermissions(List.of("clipboard-read", "clipboard-write"));
    private final List<BrowserContext> contexts = new ArrayList<>();
    private final List<Page> pages = new ArrayList<>();

    Visitor(Browser browser, House house) {
        this.browser = browser;
        this.house = house;
    }

    /// Another window size, colour scheme and so on; before the first page is opened.
    Visitor with(Consumer<Browser.NewContextOptions> choice) {
        choice.accept(options);
        return this;
    }

    /// Complaints that contain this are what the test is about.
    Visitor expecting(String part) {
        expected.add(part);
        return this;
    }

    /// Complaints about requests and a stream that the router does not answer are what the test is about.
    Visitor expectingAnOutage() {
        return expecting("Failed to load resource").expecting("ERR_").expecting("EventSource");
    }

    /// The page's clock goes on by itself and can be put forward; nothing is waited for that a clock could tell.
    Visitor atOwnTime() {
        signedIn().clock().install();
        return this;
    }

    /// Stops the page's clock: until it is resumed the page does nothing of itself, and what is on it stays there.
    void pauseTime() {
        // Time goes on until it stops, so it cannot stop now, but only later; what is due until then happens at once.
        page().clock().pauseAt(((Number) page().evaluate("Date.now()")).longValue() + 20_000);
    }

    /// However long the keys are apart, for the page they are pressed in one moment.
    Visitor inOneMoment() {
        signedIn().clock().setFixedTime(System.currentTimeMillis());
        return this;
    }

    /// Opens the page at this address, signed in, and waits until it is live.
    Page open(String path) {
        Page page = signedIn();
        page.navigate(house.url(path));
        assertThat(page.locator(".live")).containsText("Live");
        return page;
    }

    /// A window of somebody whose browser knows the password, with nothing open.
    Page signedIn() {
        if (pages.isEmpty()) {
            // The browser keeps the credentials of a URL, as it keeps those that were typed.
            stranger().navigate(house.url("/admin/favicon.svg").replace("://", "://admin:a%20secret@"));
        }
        return page();
    }

    /// A window of somebody who has not signed in yet.
    Page stranger() {
        BrowserContext context = browser.newContext(options);
        contexts.add(context);
        context.setDefaultTimeout(Chromium.PATIENCE_MS);
        context.addInitScript(WATCH);
        Page page = context.newPage();
        page.onConsoleMessage(message -> {
            boolean bad = message.type().equals("error") || message.type().equals("warning");
            // The one is asked for by the browser itself when a picture is opened, as on the way in; the other may be
            // over before it is asked for.
            boolean known = message.location().contains("/favicon.ico")
                    || message.location().contains("/preview?v=");
            if (bad && !known) {
                complaints.add(message.type() + ": " + message.text() + " at " + message.location());
            }
        });
        page.onPageError(thrown -> complaints.add("thrown: " + thrown));
        pages.add(page);
        return page;
    }

    Page page() {
        return pages.getFirst();
    }

    /// The line of a list that has this text.
    Locator row(String text) {
        return page().locator("[data-row]", new Page.LocatorOptions().setHasText(text));
    }

    /// Chooses one of the buttons of which one is always chosen.
    void choose(String group, String name) {
        page().getByRole(AriaRole.GROUP, new Page.GetByRoleOptions().setName(group))
                .getByRole(AriaRole.RADIO, new Locator.GetByRoleOptions().setName(Pattern.compile("^" + name)))
                .check();
    }

    /// Takes pointer and focus out of every list, so that lists may move.
    void letGo() {
        page().mouse().move(2, 2);
        page().locator("h1").first().focus();
    }

    Locator toast(String text) {
        return page().locator(".toast", new Page.LocatorOptions().setHasText(text));
    }

    /// What is said where there is nothing to show; a drawer may say the same of its own.
    Locator empty(String text) {
        return page().locator(".empty", new Page.LocatorOptions().setHasText(text));
    }

    /// What was copied last. What says so is put away, so that nobody takes it for what will be said of the next copy.
    String copied() {
        assertThat(toast("Copied")).isVisible();
        String text = (String) page().evaluate("navigator.clipboard.readText()");
        page().evaluate("document.querySelectorAll('.toast [aria-label=Dismiss]').forEach((button) => button.click())");
        return text;
    }

    Locator button(String name) {
        return page().getByRole(
                        AriaRole.BUTTON,
                        new Page.GetByRoleOptions().setName(name).setExact(true));
    }

    Locator dialog(String title) {
        return page().getByRole(AriaRole.DIALOG, new Page.GetByRoleOptions().setName(title));
    }

    /// Elements that moved although nobody had touched anything, with how far.
    List<String> shifts() {
        @SuppressWarnings("unchecked")
        List<String> shifts = (List<String>) page().evaluate("window.__shifts");
        return shifts;
    }

    List<String> complaints() {
        return complaints.stream()
                .filter(complaint -> expected.stream().noneMatch(complaint::contains))
                .toList();
    }

    /// Keeps what is seen, for those who look for the reason of a failure.
    void testify(Path place) {
        try {
            Files.createDirectories(place.toAbsolutePath().getParent());
            for (Page page : pages) {
                page.screenshot(new Page.ScreenshotOptions().setPath(Path.of(place + ".png")));
                Files.writeString(
                        Path.of(place + ".txt"),
                        page.url() + "\n" + String.join("\n", complaints) + "\n" + page.content());
            }
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        } catch (PlaywrightException gone) {
            complaints.add("no evidence could be kept: " + gone.getMessage());
        }
    }

    @Override
    public void close() {
        contexts.forEach(BrowserContext::close);
    }
}
