package dev.comfyrouter.server.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.comfyrouter.server.config.RouterConfig.Environment;
import dev.comfyrouter.server.config.RouterConfig.Log;
import dev.comfyrouter.server.config.RouterConfig.Pickle;
import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Settings from the environment: defaults, kinds, names, and the rules between them.
final class RouterConfigTest {
    private static final String PREFIX = GivenSettings.PREFIX;

    @TempDir
    private Path directory;

    private GivenSettings settings;

    @BeforeEach
    void start() {
        settings = new GivenSettings(directory);
    }

    @Test
    void anEmptyEnvironmentGivesTheDocumentedDefaults() {
        RouterConfig config = settings.load();

        assertThat(config.environment()).isEqualTo(Environment.DEV);
        assertThat(config.listen()).isEqualTo(new RouterConfig.Listen("0.0.0.0", 8080));
        assertThat(config.operator()).isEqualTo(new RouterConfig.Credentials("admin", Secret.of("admin")));
        assertThat(config.hasDefaultPassword()).isTrue();
        assertThat(config.api()).isEmpty();
        assertThat(config.history()).isEqualTo(new RouterConfig.History(50, Duration.ofMinutes(10)));
        assertThat(config.pendingLimit()).isEqualTo(25);
        assertThat(config.download())
                .isEqualTo(new RouterConfig.Download(
                        Path.of("/tmp/cache"),
                        "/tmp/cache",
                        Path.of("/tmp/model"),
                        Path.of("/tmp/record.json"),
                        64L << 30,
                        List.of(),
                        Optional.empty(),
                        Optional.empty(),
                        Map.of(),
                        Duration.ofHours(6),
                        Pickle.SAFE));
        assertThat(config.data())
                .isEqualTo(new RouterConfig.Data(directory.resolve("data"), 256L << 20, 1L << 30, 4L << 30));
        assertThat(config.node())
                .isEqualTo(new RouterConfig.Node(
                        List.of(), Duration.ofSeconds(5), Duration.ofSeconds(45), Duration.ofMinutes(10)));
        assertThat(config.task()).isEqualTo(new RouterConfig.Task(3, Duration.ofDays(1), Duration.ofHours(1)));
        assertThat(config.graphs()).isTrue();
        assertThat(config.publicPreviews()).isTrue();
        assertThat(config.http())
                .isEqualTo(new RouterConfig.Http(2000, 8L << 20, 64L << 20, 256L << 20, List.of(), Duration.ZERO));
        assertThat(config.log()).isEqualTo(new Log(Log.Format.TEXT, Log.Level.INFO));
    }

    @Test
    void everySettingCanBeGivenInTheEnvironment() throws IOException {
        Path tokens = Files.writeString(directory.resolve("tokens.yaml"), "Files.Lan: t0\nmirror.example: 't: 1'\n");

        RouterConfig config = settings.load(
                "HOST=::1",
                "PORT=0",
                "USERNAME=op",
                "PASSWORD= hunter two ",
                "API__USERNAME=robot",
                "API__PASSWORD=beep",
                "ENV=prod",
                "HISTORY_LIMIT=7",
                "HISTORY_MIN_AGE=0s",
                "PENDING_LIMIT=0",
                "DOWNLOAD__CACHE_DIR=cache",
                "DOWNLOAD__CACHE_DIR_ON_NODES=\\\\nas\\cache",
                "DOWNLOAD__ROOT_DIR=/srv/comfy/../ComfyUI",
                "DOWNLOAD__RECORD_PATH=record",
                "DOWNLOAD__MAX_CACHE_BYTES=512MiB",
                "DOWNLOAD__ALLOW_PRIVATE=Files.Lan, 10.0.0.0/8,::1,*.home.lan",
                "DOWNLOAD__HF_TOKEN=hf_x",
                "DOWNLOAD__CIVITAI_TOKEN=cv_x",
                "DOWNLOAD__TOKENS_FILE=" + tokens,
                "DOWNLOAD__TIMEOUT=PT90M",
                "DOWNLOAD__PICKLE=refuse",
                "DATA_DIR=/srv/data",
                "DATA__MIN_FREE_BYTES=0",
                "RESULT__MAX_FILE_BYTES=1MiB",
                "RESULT__MAX_TASK_BYTES=2MiB",
                "NODES= http://gpu-1:8188 ,https://u:p@gpu-2/comfy",
                "NODE__CHECK_INTERVAL=500ms",
                "NODE__SILENCE=10s",
                "NODE__STALL=1m",
                "TASK__MAX_ATTEMPTS=1",
                "TASK__MAX_WAIT=48h",
                "TASK__MAX_RUN=90s",
                "WORKFLOW__GRAPH=false",
                "PREVIEW__PUBLIC=false",
                "HTTP__MAX_CONNECTIONS=10",
                "HTTP__MAX_BODY_BYTES=1MiB",
                "HTTP__MAX_IMAGE_BODY_BYTES=2MiB",
                "HTTP__BODY_BUDGET_BYTES=3MiB",
                "HTTP__TRUSTED_PROXIES=127.0.0.1",
                "HTTP__STOP_DELAY=3s",
                "LOG__FORMAT=json",
                "LOG__LEVEL=debug");

        assertThat(config)
                .isEqualTo(new RouterConfig(
                        Environment.PROD,
                        new RouterConfig.Listen("::1", 0),
                        new RouterConfig.Credentials("op", Secret.of(" hunter two ")),
                        Optional.of(new RouterConfig.Credentials("robot", Secret.of("beep"))),
                        new RouterConfig.History(7, Duration.ZERO),
                        0,
                        new RouterConfig.Download(
                                directory.resolve("cache"),
                                "\\\\nas\\cache",
                                Path.of("/srv/ComfyUI"),
                                directory.resolve("record"),
                                512L << 20,
                                List.of("files.lan", "10.0.0.0/8", "::1", "*.home.lan"),
                                Optional.of(Secret.of("hf_x")),
                                Optional.of(Secret.of("cv_x")),
                                Map.of("files.lan", Secret.of("t0"), "mirror.example", Secret.of("t: 1")),
                                Duration.ofMinutes(90),
                                Pickle.REFUSE),
                        new RouterConfig.Data(Path.of("/srv/data"), 0, 1L << 20, 2L << 20),
                        new RouterConfig.Node(
                                List.of(URI.create("http://gpu-1:8188"), URI.create("https://u:p@gpu-2/comfy")),
                                Duration.ofMillis(500),
                                Duration.ofSeconds(10),
                                Duration.ofMinutes(1)),
                        new RouterConfig.Task(1, Duration.ofDays(2), Duration.ofSeconds(90)),
                        false,
                        false,
                        new RouterConfig.Http(
                                10,
                                1L << 20,
                                2L << 20,
                                3L << 20,
                                List.of(new AddressRange(InetAddress.getLoopbackAddress(), 32)),
                                Duration.ofSeconds(3)),
                        new Log(Log.Format.JSON, Log.Level.DEBUG),
                        config.effective()));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        HOST=a b                          | "a b" is not allowed; allowed is a host name or an IP address
        HOST=10.0.0.0/8                   | "10.0.0.0/8" is not allowed; allowed is a host name or an IP address
        HOST=300.1.1.1                    | "300.1.1.1" is not allowed; allowed is a host name or an IP address
        HOST=                             | "" is not allowed; allowed is a host name or an IP address
        PORT=80a                          | "80a" is not allowed; allowed is a whole number from 0 to 65535
        PORT=65536                        | "65536" is not allowed; allowed is a whole number from 0 to 65535
        PORT=-1                           | "-1" is not allowed; allowed is a whole number from 0 to 65535
        PORT=                             | "" is not allowed; allowed is a whole number from 0 to 65535
        PORT=99999999999999999999         | "99999999999999999999" is not allowed; allowed is a whole number from 0 to 65535
        USERNAME=a:b                      | "a:b" is not allowed; allowed is 1 to 128 characters without colon and control characters
        ENV=staging                       | "staging" is not allowed; allowed is dev or prod
        ENV=PROD                          | "PROD" is not allowed; allowed is dev or prod
        HISTORY_LIMIT=0                   | "0" is not allowed; allowed is a whole number from 1 to 1000000
        HISTORY_MIN_AGE=10                | "10" is not allowed; allowed is a time from 0h to 8760h, such as 500ms, 45s, 10m, 24h or PT1H30M
        HISTORY_MIN_AGE=-PT1S             | "-PT1S" is not allowed; allowed is a time from 0h to 8760h, such as 500ms, 45s, 10m, 24h or PT1H30M
        NODE__CHECK_INTERVAL=9ms          | "9ms" is not allowed; allowed is a time from 10ms to 1h, such as 500ms, 45s, 10m, 24h or PT1H30M
        DOWNLOAD__TIMEOUT=999999999999h   | "999999999999h" is not allowed; allowed is a time from 1ms to 720h, such as 500ms, 45s, 10m, 24h or PT1H30M
        DOWNLOAD__MAX_CACHE_BYTES=64GB    | "64GB" is not allowed; allowed is a number of bytes from 1 on, plain or with KiB, MiB, GiB or TiB (64GiB)
        DOWNLOAD__MAX_CACHE_BYTES=0       | "0" is not allowed; allowed is a number of bytes from 1 on, plain or with KiB, MiB, GiB or TiB (64GiB)
        DOWNLOAD__MAX_CACHE_BYTES=99999999TiB | "99999999TiB" is not allowed; allowed is a number of bytes from 1 on, plain or with KiB, MiB, GiB or TiB (64GiB)
        DOWNLOAD__CACHE_DIR_ON_NODES=here | "here" is not allowed; allowed is an absolute path, such as /mnt/cache or Z:\\cache, or nothing
        DOWNLOAD__ALLOW_PRIVATE=a,10.0.0.0/33,b_ | "10.0.0.0/33", "b_" is not allowed; allowed is a comma list of host names, IP addresses and CIDR blocks, such as files.lan, *.lan or 10.0.0.0/8
        NODES=http://a,,ftp://b           | "", "ftp://b" is not allowed; allowed is a comma list of http or https URLs with a host and without query and fragment, such as http://gpu-1:8188
        NODES=http://a,http://a           | "http://a (twice)" is not allowed; allowed is a comma list of http or https URLs with a host and without query and fragment, such as http://gpu-1:8188
        NODES=http://a?x=1                | "http://a?x=1" is not allowed; allowed is a comma list of http or https URLs with a host and without query and fragment, such as http://gpu-1:8188
        WORKFLOW__GRAPH=yes               | "yes" is not allowed; allowed is true or false
        HTTP__TRUSTED_PROXIES=proxy.lan   | "proxy.lan" is not allowed; allowed is a comma list of IP addresses and CIDR blocks, such as 10.0.0.0/8
        LOG__FORMAT=xml                   | "xml" is not allowed; allowed is text or json
        """)
    void aValueThatIsNotAllowedIsRefusedWithVariableValueAndWhatIsAllowed(String given, String problem) {
        String variable = PREFIX + given.substring(0, given.indexOf('='));

        assertThat(settings.problems(given)).containsExactly(variable + ": " + problem);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        PROT=1               | ; did you mean COMFY_ROUTER__PORT?
        CACHE_DIR=/c         | ; did you mean COMFY_ROUTER__DOWNLOAD__CACHE_DIR?
        DOWNLOAD__DATA_DIR=x | ; did you mean COMFY_ROUTER__DATA_DIR?
        NODE_SILENCE=1s      | ; did you mean COMFY_ROUTER__NODE__SILENCE?
        port=1               | ; did you mean COMFY_ROUTER__PORT?
        PASWORD_FILE=x       | ; did you mean COMFY_ROUTER__PASSWORD_FILE?
        PORT_FILE=x          | ; see docs/configuration.md for the names
        GREETING=hello       | ; see docs/configuration.md for the names
        """)
    void anUnknownNameIsReportedWithTheLikeliestOne(String given, String suggestion) {
        assertThat(settings.problems(given))
                .containsExactly(PREFIX + given.substring(0, given.indexOf('=')) + ": unknown" + suggestion);
    }

    @Test
    void namesOfOtherProgramsAndOfKubernetesServicesAreLeftAlone() {
        var environment =
                Map.of("PORT", "x", "COMFY_ROUTER_PORT", "tcp://10.0.0.1:80", "COMFY_ROUTER_SERVICE_HOST", "x");

        assertThat(RouterConfig.load(environment, directory).listen().port()).isEqualTo(8080);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        ENV=prod | PASSWORD: the default password is not allowed with COMFY_ROUTER__ENV ("prod"); give another one
        ENV=prod PASSWORD=admin | PASSWORD: the default password is not allowed with COMFY_ROUTER__ENV ("prod"); give another one
        API__USERNAME=robot | API__USERNAME: "robot" has no password; give COMFY_ROUTER__API__PASSWORD or COMFY_ROUTER__API__PASSWORD_FILE too
        API__PASSWORD=x | API__PASSWORD: has no user; give a username too
        API__PASSWORD=x API__USERNAME=admin | API__USERNAME: "admin" is the same as COMFY_ROUTER__USERNAME ("admin"); give two different names
        NODE__CHECK_INTERVAL=45s | NODE__CHECK_INTERVAL: "45s" must be shorter than COMFY_ROUTER__NODE__SILENCE ("45s"), or a node is lost between two checks
        NODE__SILENCE=11m | NODE__SILENCE: "11m" must not be longer than COMFY_ROUTER__NODE__STALL ("10m")
        RESULT__MAX_FILE_BYTES=5GiB | RESULT__MAX_FILE_BYTES: "5GiB" must not be greater than COMFY_ROUTER__RESULT__MAX_TASK_BYTES ("4294967296")
        HTTP__MAX_BODY_BYTES=65MiB | HTTP__MAX_BODY_BYTES: "65MiB" must not be greater than COMFY_ROUTER__HTTP__MAX_IMAGE_BODY_BYTES ("67108864")
        HTTP__BODY_BUDGET_BYTES=1MiB | HTTP__MAX_IMAGE_BODY_BYTES: "67108864" must not be greater than COMFY_ROUTER__HTTP__BODY_BUDGET_BYTES ("1MiB")
        DATA_DIR=/tmp/cache/data | DATA_DIR: "/tmp/cache/data" and COMFY_ROUTER__DOWNLOAD__CACHE_DIR ("/tmp/cache") must not lie in one another
        DOWNLOAD__ROOT_DIR=/tmp/cache/.. DOWNLOAD__CACHE_DIR=/tmp/models/x | DOWNLOAD__CACHE_DIR: "/tmp/models/x" and the folder models of COMFY_ROUTER__DOWNLOAD__ROOT_DIR ("/tmp/cache/..") must not lie in one another
        DOWNLOAD__RECORD_PATH=/tmp/model | DOWNLOAD__RECORD_PATH: "/tmp/model" is a folder of another setting; give the path of a file
        """)
    void settingsThatDoNotFitTogetherAreRefused(String given, String problem) {
        assertThat(settings.problems(given.split(" "))).containsExactly(PREFIX + problem);
    }

    @Test
    void allMistakesAreReportedAtOnceInTheOrderOfTheTable() {
        assertThat(settings.problems("PORT=x", "TASK__MAX_RUN=soon", "NOES=http://a", "ENV=prod", "API__USERNAME=a"))
                .extracting(problem -> problem.substring(PREFIX.length(), problem.indexOf(':')))
                .containsExactly("NOES", "PORT", "TASK__MAX_RUN", "PASSWORD", "API__USERNAME");
    }

    @Test
    void aRuleAboutABrokenSettingIsNotAsked() {
        assertThat(settings.problems("NODE__STALL=x", "NODE__SILENCE=20m")).hasSize(1);
    }

    @Test
    void theMessageOfTheRefusalHoldsEveryMistake() {
        var refusal = catchThrowableOfType(InvalidConfig.class, () -> settings.load("PORT=x", "ENV=x"));

        assertThat(refusal).hasMessage("""
            the configuration has 2 mistakes:
              - COMFY_ROUTER__PORT: "x" is not allowed; allowed is a whole number from 0 to 65535
              - COMFY_ROUTER__ENV: "x" is not allowed; allowed is dev or prod\
            """);
    }
}
