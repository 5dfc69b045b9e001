package dev.comfyrouter.server.config;

import dev.comfyrouter.server.config.RouterConfig.Environment;
import dev.comfyrouter.server.config.RouterConfig.Log;
import dev.comfyrouter.server.config.RouterConfig.Pickle;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/// The table of settings: each is declared here, once.
final class Settings {
    private static final List<Setting<?>> TABLE = new ArrayList<>();

    static final Setting<String> HOST = setting("HOST", "0.0.0.0", Kind.listenHost(), "address to listen on");
    static final Setting<Integer> PORT =
            setting("PORT", "8080", Kind.whole(0, 65535), "port to listen on; `0` takes any free port");
    static final Setting<String> USERNAME =
            setting("USERNAME", "admin", Kind.username(), "the operator's name in HTTP Basic authentication");
    static final Setting<Secret> PASSWORD = setting(
            "PASSWORD",
            "admin",
            Kind.secret(),
            "the operator's password. While it is the default, only loopback and private addresses are served");
    static final Setting<Optional<String>> API_USERNAME = setting(
            "API__USERNAME",
            "",
            Kind.username().optional(),
            "a second user, who may only use `/workflow*`, `/workflow-types`, `/doc` and `/openapi`");
    static final Setting<Optional<Secret>> API_PASSWORD =
            setting("API__PASSWORD", "", Kind.secret().optional(), "the second user's password");
    static final Setting<Environment> ENV = setting(
            "ENV", "dev", Kind.oneOf(Environment.class), "`dev` or `prod`; in `prod` the default password is refused");
    static final Setting<Integer> HISTORY_LIMIT = setting(
            "HISTORY_LIMIT",
            "50",
            Kind.whole(1, 1_000_000),
            "how many finished tasks are kept with their results; older ones are dropped, a pending or running one never."
                    + " A dropped id answers 410 for 24 h");
    static final Setting<Duration> HISTORY_MIN_AGE = setting(
            "HISTORY_MIN_AGE",
            "10m",
            duration(Duration.ZERO, 8760),
            "a finished task younger than this is never dropped");
    static final Setting<Integer> PENDING_LIMIT = setting(
            "PENDING_LIMIT",
            "25",
            Kind.whole(0, 1_000_000),
            "`POST /workflow` answers 429 when this many tasks wait for a node beyond the free slots of the nodes");
    static final Setting<Path> CACHE_DIR = setting(
            "DOWNLOAD__CACHE_DIR", "/tmp/cache", Kind.path(), "folder of downloaded files, readable by ComfyUI");
    static final Setting<Optional<String>> CACHE_DIR_ON_NODES = setting(
            "DOWNLOAD__CACHE_DIR_ON_NODES",
            "",
            Kind.pathElsewhere().optional(),
            "the same folder as the nodes see it: the text of the links. Not given: `DOWNLOAD__CACHE_DIR`");
    static final Setting<Path> ROOT_DIR = setting(
            "DOWNLOAD__ROOT_DIR",
            "/tmp/model",
            Kind.path(),
            "ComfyUI's directory as the router sees it (holds `models/`); links to downloaded models go there");
    static final Setting<Path> RECORD_PATH = setting(
            "DOWNLOAD__RECORD_PATH",
            "/tmp/record.json",
            Kind.path(),
            "file with the cache's record; its journal is the same name with `.log` added");
    static final Setting<Long> MAX_CACHE_BYTES = setting(
            "DOWNLOAD__MAX_CACHE_BYTES", "68719476736", Kind.bytes(1), "the most the cache folder holds (64 GiB)");
    static final Setting<List<String>> ALLOW_PRIVATE = setting(
            "DOWNLOAD__ALLOW_PRIVATE",
            "",
            Kind.hostOrRange().list(),
            "hosts (also `*.lan`), addresses and CIDR blocks that downloads may reach although they are not public");
    static final Setting<Optional<Secret>> HF_TOKEN =
            setting("DOWNLOAD__HF_TOKEN", "", Kind.secret().optional(), "access token for Hugging Face");
    static final Setting<Optional<Secret>> CIVITAI_TOKEN =
            setting("DOWNLOAD__CIVITAI_TOKEN", "", Kind.secret().optional(), "access token for Civitai");
    static final Setting<Optional<Path>> TOKENS_FILE = setting(
            "DOWNLOAD__TOKENS_FILE",
            "",
            Kind.path().optional(),
            "YAML file with access tokens for other hosts, one `host: token` a line");
    static final Setting<Duration> DOWNLOAD_TIMEOUT =
            setting("DOWNLOAD__TIMEOUT", "6h", duration(Duration.ofMillis(1), 720), "limit for all files of one task");
    static final Setting<Pickle> PICKLE = setting(
            "DOWNLOAD__PICKLE",
            "safe",
            Kind.oneOf(Pickle.class),
            "`safe`: `.pt`, `.pth`, `.ckpt` and `.bin` files go only to nodes that load them with `weights_only`"
                    + " (PyTorch 2.4 or newer); `refuse`: to none");
    static final Setting<Path> DATA_DIR =
            setting("DATA_DIR", "data", Kind.path(), "folder of the database and the results");
    static final Setting<Long> DATA_MIN_FREE_BYTES = setting(
            "DATA__MIN_FREE_BYTES",
            "268435456",
            Kind.bytes(0),
            "with less free space than this on the disk of `DATA_DIR` new tasks are refused (256 MiB)");
    static final Setting<Long> RESULT_MAX_FILE_BYTES = setting(
            "RESULT__MAX_FILE_BYTES", "1073741824", Kind.bytes(1), "the largest output file that is kept (1 GiB)");
    static final Setting<Long> RESULT_MAX_TASK_BYTES =
            setting("RESULT__MAX_TASK_BYTES", "4294967296", Kind.bytes(1), "the most that is kept of one task (4 GiB)");
    static final Setting<List<URI>> NODES = setting(
            "NODES",
            "",
            Kind.nodeUrl().list(),
            "URLs of ComfyUI servers known from the start, such as `http://gpu-1:8188`");
    static final Setting<Duration> NODE_CHECK_INTERVAL =
            setting("NODE__CHECK_INTERVAL", "5s", duration(Duration.ofMillis(10), 1), "how often each node is checked");
    static final Setting<Duration> NODE_SILENCE = setting(
            "NODE__SILENCE",
            "45s",
            duration(Duration.ofMillis(10), 24),
            "how long a node may be unreachable before what runs on it is given to another");
    static final Setting<Duration> NODE_STALL = setting(
            "NODE__STALL",
            "10m",
            duration(Duration.ofMillis(10), 24),
            "how long a reachable node may show no progress before it gets no more work");
    static final Setting<Integer> TASK_MAX_ATTEMPTS = setting(
            "TASK__MAX_ATTEMPTS", "3", Kind.whole(1, 100), "how often a task is tried when nodes fail under it");
    static final Setting<Duration> TASK_MAX_WAIT = setting(
            "TASK__MAX_WAIT",
            "24h",
            duration(Duration.ofMillis(1), 8760),
            "limit from acceptance to the first attempt");
    static final Setting<Duration> TASK_MAX_RUN =
            setting("TASK__MAX_RUN", "1h", duration(Duration.ofMillis(1), 8760), "limit for each attempt");
    static final Setting<Boolean> WORKFLOW_GRAPH = setting(
            "WORKFLOW__GRAPH",
            "true",
            Kind.flag(),
            "whether raw graphs are accepted; a graph can run every custom node that is installed, with the node's rights");
    static final Setting<Boolean> PREVIEW_PUBLIC =
            setting("PREVIEW__PUBLIC", "true", Kind.flag(), "whether `/preview/{id}` is served, to everybody");
    static final Setting<Integer> HTTP_MAX_CONNECTIONS =
            setting("HTTP__MAX_CONNECTIONS", "2000", Kind.whole(1, 1_000_000), "how many connections are open at once");
    static final Setting<Long> HTTP_MAX_BODY_BYTES = setting(
            "HTTP__MAX_BODY_BYTES", "8388608", Kind.bytes(1024), "the largest request body without pictures (8 MiB)");
    static final Setting<Long> HTTP_MAX_IMAGE_BODY_BYTES = setting(
            "HTTP__MAX_IMAGE_BODY_BYTES",
            "67108864",
            Kind.bytes(1024),
            "the largest request body that may hold pictures as base64 (64 MiB)");
    static final Setting<Long> HTTP_BODY_BUDGET_BYTES = setting(
            "HTTP__BODY_BUDGET_BYTES",
            "268435456",
            Kind.bytes(1024),
            "what all request bodies that are being read may hold together (256 MiB)");
    static final Setting<List<AddressRange>> HTTP_TRUSTED_PROXIES = setting(
            "HTTP__TRUSTED_PROXIES",
            "",
            Kind.addressRange().list(),
            "addresses of reverse proxies whose `X-Forwarded-For` is believed");
    static final Setting<Duration> HTTP_STOP_DELAY = setting(
            "HTTP__STOP_DELAY",
            "0s",
            Kind.duration(Duration.ZERO, Duration.ofSeconds(5)),
            "how long all is still served after SIGTERM while `?ready=1` says 503, so that load balancers turn away first");
    static final Setting<Log.Format> LOG_FORMAT =
            setting("LOG__FORMAT", "text", Kind.oneOf(Log.Format.class), "`text`, or `json` with one object a line");
    static final Setting<Log.Level> LOG_LEVEL = setting(
            "LOG__LEVEL",
            "info",
            Kind.oneOf(Log.Level.class),
            "the router's own lines from this level on; libraries write warnings and errors only");

    static final List<Setting<?>> ALL = Collections.unmodifiableList(TABLE);

    private Settings() {}

    static RouterConfig config(Values values) {
        Path cacheDir = values.path(CACHE_DIR);
        return new RouterConfig(
                values.of(ENV),
                new RouterConfig.Listen(values.of(HOST), values.of(PORT)),
                new RouterConfig.Credentials(values.of(USERNAME), values.of(PASSWORD)),
                values.of(API_USERNAME)
                        .flatMap(username -> values.of(API_PASSWORD)
                                .map(password -> new RouterConfig.Credentials(username, password))),
                new RouterConfig.History(values.of(HISTORY_LIMIT), values.of(HISTORY_MIN_AGE)),
                values.of(PENDING_LIMIT),
                new RouterConfig.Download(
                        cacheDir,
                        values.of(CACHE_DIR_ON_NODES).orElse(cacheDir.toString()),
                        values.path(ROOT_DIR),
                        values.path(RECORD_PATH),
                        values.of(MAX_CACHE_BYTES),
                        values.of(ALLOW_PRIVATE),
                        values.of(HF_TOKEN),
                        values.of(CIVITAI_TOKEN),
                        values.tokens(),
                        values.of(DOWNLOAD_TIMEOUT),
                        values.of(PICKLE)),
                new RouterConfig.Data(
                        values.path(DATA_DIR),
                        values.of(DATA_MIN_FREE_BYTES),
                        values.of(RESULT_MAX_FILE_BYTES),
                        values.of(RESULT_MAX_TASK_BYTES)),
                new RouterConfig.Node(
                        values.of(NODES),
                        values.of(NODE_CHECK_INTERVAL),
                        values.of(NODE_SILENCE),
                        values.of(NODE_STALL)),
                new RouterConfig.Task(values.of(TASK_MAX_ATTEMPTS), values.of(TASK_MAX_WAIT), values.of(TASK_MAX_RUN)),
                values.of(WORKFLOW_GRAPH),
                values.of(PREVIEW_PUBLIC),
                new RouterConfig.Http(
                        values.of(HTTP_MAX_CONNECTIONS),
                        values.of(HTTP_MAX_BODY_BYTES),
                        values.of(HTTP_MAX_IMAGE_BODY_BYTES),
                        values.of(HTTP_BODY_BUDGET_BYTES),
                        values.of(HTTP_TRUSTED_PROXIES),
                        values.of(HTTP_STOP_DELAY)),
                new RouterConfig.Log(values.of(LOG_FORMAT), values.of(LOG_LEVEL)),
                ALL.stream().map(values::effective).toList());
    }

    private static <T> Setting<T> setting(String name, String byDefault, Kind<T> kind, String meaning) {
        var setting = new Setting<>(name, byDefault, kind, meaning);
        TABLE.add(setting);
        return setting;
    }

    private static Kind<Duration> duration(Duration min, long maxHours) {
        return Kind.duration(min, Duration.ofHours(maxHours));
    }
}
