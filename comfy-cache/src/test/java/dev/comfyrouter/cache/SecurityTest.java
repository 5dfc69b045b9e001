package dev.comfyrouter.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Where downloads may go, and what they may carry there.
class SecurityTest extends BenchTest {

    private static final byte[] FILE = Bench.bytes(3, 5000);
    private static final String SECRET = "s3cr3t-9f8e7d6c5b4a";

    private static final List<DownloadException.Reason> REFUSED = List.of(
            DownloadException.Reason.PRIVATE_ADDRESS,
            DownloadException.Reason.BAD_URL,
            DownloadException.Reason.BAD_REDIRECT,
            DownloadException.Reason.UNREACHABLE);

    private static DownloadException refused(FileCache cache, URI url) {
        var why = catchThrowableOfType(
                DownloadException.class, () -> Bench.get(cache, DownloadRequest.of(url, FileKind.ANY)));
        assertThat(why).as(url.toString()).isNotNull();
        return why;
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "file:///etc/passwd",
                "ftp://localhost/x",
                "gopher://localhost/x",
                "jar:file:///x!/y",
                "https:///x",
                "http:///etc/passwd",
                "data:text/plain,x",
                "http://localhost:99999/"
            })
    void onlyHttpUrlsAreFetchedAndFollowed(String target) {
        bench.server.on("/f", (request, out) -> out.head(302, "Location", target, "Content-Length", "0"));
        try (var cache = bench.open()) {
            assertThat(refused(cache, URI.create(target)).reason()).isEqualTo(DownloadException.Reason.BAD_URL);
            if (!target.startsWith("http:///")) { // which a browser, too, takes for a path of the same host
                assertThat(refused(cache, bench.url("/f")).reason()).isEqualTo(DownloadException.Reason.BAD_REDIRECT);
                assertThat(bench.server.requests()).hasSize(1);
            }
        }
    }

    @Test
    void aRedirectNeverLeavesHttps() {
        var https = URI.create("https://h.example/x");
        assertThat(Redirects.next(https, "https://other.example/y", 0, "x")).hasToString("https://other.example/y");
        assertThat(Redirects.next(https, "/a b?c=\u00e4", 0, "x")).hasToString("https://h.example/a%20b?c=%C3%A4");
        assertThatThrownBy(() -> Redirects.next(https, "http://h.example/x", 0, "x"))
                .isInstanceOf(DownloadException.Forbidden.class)
                .hasMessageContaining("https to http");
    }

    @Test
    void anEndlessChainOfRedirectsEndsAfterTen() {
        bench.server.on("/f", (request, out) -> out.head(302, "Location", "/f", "Content-Length", "0"));
        try (var cache = bench.open()) {
            assertThat(refused(cache, bench.url("/f")).reason()).isEqualTo(DownloadException.Reason.BAD_REDIRECT);
        }
        assertThat(bench.server.requests()).hasSize(11);
    }

    private FileCache closedToLoopback() {
        return FileCache.open(CacheSettings.builder(bench.directory, bench.record())
                .allowPrivate("mirror.test")
                .freeSpaceFloor(0)
                .retryDelay(Duration.ofMillis(1), Duration.ofMillis(1))
                .hooks(Hooks.NONE.withNames(
                        host -> atHome(InetAddress.getAllByName(host.equals("mirror.test") ? "127.0.0.1" : host))))
                .build());
    }

    /// Without the addresses of the world: Java reads the octal spelling of loopback as decimal, which is the address
    /// of some stranger, and a test connects to nobody but itself.
    private static InetAddress[] atHome(InetAddress[] all) throws UnknownHostException {
        InetAddress[] home = Stream.of(all)
                .filter(address -> !(address instanceof Inet4Address)
                        || address.isAnyLocalAddress()
                        || address.isLoopbackAddress()
                        || address.isLinkLocalAddress()
                        || address.isSiteLocalAddress())
                .toArray(InetAddress[]::new);
        if (home.length == 0) {
            throw new UnknownHostException("only strangers: " + Arrays.toString(all));
        }
        return home;
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "127.0.0.1",
                "localhost",
                "LOCALHOST.",
                "2130706433",
                "127.1",
                "[::1]",
                "[::ffff:127.0.0.1]",
                "0.0.0.0",
                "169.254.169.254",
                "10.0.0.1",
                "0x7f000001",
                "0177.0.0.1",
                "[64:ff9b::7f00:1]"
            })
    void addressesThatAreNotPublicAreNotConnectedTo(String host) {
        bench.server.serve("/f", FILE);
        bench.server.on(
                "/away",
                (request, out) -> out.head(
                        302, "Location", "http://" + host + ":" + bench.server.port() + "/f", "Content-Length", "0"));
        try (var cache = closedToLoopback()) {
            // A spelling that no resolver takes for an address ends as an unknown host; nothing is connected
            // to either way.
            var direct = refused(cache, URI.create("http://" + host + ":" + bench.server.port() + "/f"));
            assertThat(direct.reason()).isIn(REFUSED);
            var redirected = refused(cache, URI.create("http://mirror.test:" + bench.server.port() + "/away"));
            assertThat(redirected.reason()).isIn(REFUSED);
        }
        assertThat(bench.server.requests("/f")).isEmpty();
        assertThat(bench.server.requests("/away")).isNotEmpty();
    }

    private static InetAddress address(String literal) throws UnknownHostException {
        return InetAddress.getByName(literal);
    }

    /// The resolver says a permitted address first and loopback afterwards. There is one look-up for each
    /// connection, and what it answered is what is connected to, so the second answer is either not asked for
    /// or refused.
    @Test
    void aNameThatChangesItsAddressDoesNotGetThrough() {
        bench.server.serve("/f", FILE);
        var asked = new AtomicInteger();
        var settings = CacheSettings.builder(bench.directory, bench.record())
                .allowPrivate("127.0.0.2")
                .freeSpaceFloor(0)
                .connectTimeout(Duration.ofMillis(300))
                .retryDelay(Duration.ofMillis(1), Duration.ofMillis(1))
                .hooks(Hooks.NONE.withNames(host ->
                        new InetAddress[] {address(asked.getAndIncrement() % 2 == 0 ? "127.0.0.2" : "127.0.0.1")}))
                .build();
        try (var cache = FileCache.open(settings)) {
            var why = refused(cache, URI.create("http://rebinding.test:" + bench.server.port() + "/f"));
            assertThat(why.reason()).isEqualTo(DownloadException.Reason.PRIVATE_ADDRESS);
        }
        assertThat(asked).hasValue(2);
        assertThat(bench.server.requests()).isEmpty();
    }

    @Test
    void aNameWithOnePermittedAddressAmongOthersIsConnectedToThatOneOnly() {
        bench.server.serve("/f", FILE);
        var settings = CacheSettings.builder(bench.directory, bench.record())
                .allowPrivate("127.0.0.2")
                .freeSpaceFloor(0)
                .attempts(1)
                .connectTimeout(Duration.ofMillis(200))
                .hooks(Hooks.NONE.withNames(host -> new InetAddress[] {address("127.0.0.1"), address("127.0.0.2")}))
                .build();
        try (var cache = FileCache.open(settings)) {
            assertThat(refused(cache, URI.create("http://mixed.test:" + bench.server.port() + "/f"))
                            .reason())
                    .isEqualTo(DownloadException.Reason.UNREACHABLE);
        }
        assertThat(bench.server.requests()).isEmpty();
    }

    @Test
    void credentialsStayWithTheirOrigin() throws Exception {
        try (var other = RawServer.start();
                var cache = FileCache.open(bench.settings()
                        .allowPrivate("127.0.0.1")
                        .token("localhost", SECRET)
                        .build())) {
            other.on(
                    "/back",
                    (request, out) -> out.head(
                            302, "Location", bench.url("/end").toString(), "Set-Cookie", "a=b", "Content-Length", "0"));
            bench.server.on(
                    "/start",
                    (request, out) ->
                            out.head(302, "Location", "/same", "Set-Cookie", "session=1", "Content-Length", "0"));
            bench.server.on(
                    "/same",
                    (request, out) -> out.head(
                            302, "Location", "http://127.0.0.1:" + other.port() + "/back", "Content-Length", "0"));
            bench.server.serve("/end", FILE);
            Bench.get(
                            cache,
                            DownloadRequest.builder(bench.url("/start"), FileKind.ANY)
                                    .header("X-Api-Key", SECRET)
                                    .header("Cookie", SECRET)
                                    .build())
                    .close();
            for (var path : List.of("/start", "/same")) {
                var request = bench.server.requests(path).getFirst();
                assertThat(request.header("authorization")).contains("Bearer " + SECRET);
                assertThat(request.header("x-api-key")).contains(SECRET);
                assertThat(request.header("cookie")).contains(SECRET);
            }
            assertThat(other.requests().getFirst().headers().toString()).doesNotContain(SECRET);
            var end = bench.server.requests("/end").getFirst();
            assertThat(end.header("x-api-key")).isEmpty();
            assertThat(end.header("cookie")).isEmpty();
        }
    }

    @Test
    void aTokenGoesToItsHostAndSubdomainsOnly() {
        var tokens = Tokens.of(java.util.Map.of("huggingface.co", "a", "cdn.civitai.com", "b"));
        assertThat(tokens.forHost("HuggingFace.co")).contains("a");
        assertThat(tokens.forHost("x.huggingface.co")).contains("a");
        assertThat(tokens.forHost("evilhuggingface.co")).isEmpty();
        assertThat(tokens.forHost("huggingface.co.evil.example")).isEmpty();
        assertThat(tokens.forHost("civitai.com")).isEmpty();
    }

    @Test
    void theTokensFileIsReadAndNeverQuoted(@TempDir Path temporary) throws IOException {
        var file = temporary.resolve("tokens.json");
        Files.writeString(file, "{\"a.example\": \"" + SECRET + "\"}");
        assertThat(Tokens.read(file)).containsEntry("a.example", SECRET);
        Files.writeString(file, "{\"a.example\": \"" + SECRET + "\n");
        assertThatThrownBy(() -> Tokens.read(file))
                .isInstanceOf(CacheUnusable.class)
                .satisfies(e -> assertThat(everythingSaidBy(e)).doesNotContain(SECRET));
        Files.writeString(file, "[1]");
        assertThatThrownBy(() -> Tokens.read(file)).hasMessageContaining("JSON object");
    }

    /// Every way to a failure, with secrets in the query, in the user part, in headers and as token, while all
    /// logs are read.
    @Test
    void secretsAppearNowhere() throws Exception {
        var said = new CopyOnWriteArrayList<String>();
        var logger = Logger.getLogger("");
        var handler = new Handler() {
            @Override
            public void publish(LogRecord record) {
                said.add(record.getLevel() + " " + record.getMessage()
                        + java.util.Arrays.toString(record.getParameters())
                        + (record.getThrown() == null ? "" : everythingSaidBy(record.getThrown())));
            }

            @Override
            public void flush() {}

            @Override
            public void close() {}
        };
        logger.addHandler(handler);
        var ours = Logger.getLogger("dev.comfyrouter.cache");
        ours.setLevel(Level.ALL);
        handler.setLevel(Level.ALL);
        bench.server.serve("/good", FILE);
        bench.server.on(
                "/cut",
                (request, out) -> out.head(200, "Content-Length", "" + FILE.length, "ETag", "\"v\"")
                        .body(FILE, 0, 100));
        bench.server.on("/auth", (request, out) -> out.head(401, "Content-Length", "0"));
        bench.server.on(
                "/file", (request, out) -> out.head(302, "Location", "file:///" + SECRET, "Content-Length", "0"));
        bench.server.on(
                "/down",
                (request, out) ->
                        out.head(302, "Location", "http://localhost:1/x?token=" + SECRET, "Content-Length", "0"));
        bench.server.on(
                "/private",
                (request, out) ->
                        out.head(302, "Location", "http://10.0.0.1/x?token=" + SECRET, "Content-Length", "0"));
        bench.server.on("/noise", (request, out) -> out.raw(SECRET.getBytes(StandardCharsets.US_ASCII)));
        try (var cache =
                FileCache.open(bench.settings().token("localhost", SECRET).build())) {
            for (var path : List.of("/good", "/cut", "/auth", "/file", "/down", "/private", "/noise", "/404")) {
                var url = URI.create("http://user:" + SECRET + "@localhost:" + bench.server.port() + path
                        + "?X-Amz-Signature=" + SECRET + "&sig=" + SECRET + "#" + SECRET);
                var request = DownloadRequest.builder(url, FileKind.ANY)
                        .header("X-Key", SECRET)
                        .build();
                said.add(request.toString());
                try (var lease = Bench.get(cache, request)) {
                    said.add(lease + lease.url() + lease.name() + lease.linkName());
                } catch (DownloadException e) {
                    said.add(everythingSaidBy(e) + e.url());
                }
            }
            said.add(cache.downloads().toString());
            said.add(cache.list().toString());
        } finally {
            logger.removeHandler(handler);
            ours.setLevel(null);
        }
        try (var files = Files.walk(bench.directory.getParent())) {
            for (var file : files.toList()) {
                said.add(file.toString());
                if (Files.isRegularFile(file)) {
                    said.add(Files.readString(file, StandardCharsets.ISO_8859_1));
                }
            }
        }
        assertThat(said).hasSizeGreaterThan(20).noneMatch(text -> text.contains(SECRET));
        assertThat(bench.server.requests("/good").getFirst().headers().toString())
                .contains(SECRET);
    }

    private static String everythingSaidBy(Throwable e) {
        var text = new StringWriter();
        e.printStackTrace(new PrintWriter(text));
        return text.toString();
    }

    @Test
    void aHeaderThatWouldBeTwoIsRefused() {
        var request = DownloadRequest.builder(bench.url("/f"), FileKind.ANY);
        for (var value : List.of("a\r\nX-Other: b", "a\nb", "a\0b", "\u00e4")) {
            assertThatThrownBy(() -> request.header("X-Key", value))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageNotContaining("X-Other");
        }
        assertThatThrownBy(() -> request.header("X-Key: a\r\nX-Other", "b"))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void pickleFilesAreMarkedOrRefused() throws Exception {
        var pickle = new byte[] {(byte) 0x80, 2, '}', '.'};
        bench.server.serve("/m.ckpt", pickle);
        var request = DownloadRequest.of(bench.url("/m.ckpt"), FileKind.MODEL);
        try (var cache = bench.open();
                var lease = Bench.get(cache, request)) {
            assertThat(lease.pickle()).isTrue();
        }
        try (var cache =
                FileCache.open(bench.settings().pickle(PicklePolicy.REFUSE).build())) {
            assertThatThrownBy(() -> Bench.get(cache, request))
                    .isInstanceOfSatisfying(
                            DownloadException.class,
                            why -> assertThat(why.reason()).isEqualTo(DownloadException.Reason.UNSAFE_PICKLE));
            cache.remove(Bench.sha256(pickle));
            assertThatThrownBy(() -> Bench.get(cache, request))
                    .isInstanceOfSatisfying(
                            DownloadException.class,
                            why -> assertThat(why.reason()).isEqualTo(DownloadException.Reason.UNSAFE_PICKLE));
        }
    }
}
