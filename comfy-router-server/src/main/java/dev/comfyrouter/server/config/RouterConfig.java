package dev.comfyrouter.server.config;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Everything the operator may set, checked. Paths are absolute; secrets are not in any `toString`.
///
/// @param operator the credentials of the operator, who may do everything
/// @param api a second user, who may submit and follow workflows and read the documentation
/// @param pendingLimit how many tasks may wait without an attempt, beyond the free slots of the nodes
/// @param graphs whether raw graphs are accepted beside the typed workflows
/// @param publicPreviews whether `/preview/{id}` is served
/// @param effective every setting as it is in force, fit to be shown
public record RouterConfig(
        Environment environment,
        Listen listen,
        Credentials operator,
        Optional<Credentials> api,
        History history,
        int pendingLimit,
        Download download,
        Data data,
        Node node,
        Task task,
        boolean graphs,
        boolean publicPreviews,
        Http http,
        Log log,
        List<Effective> effective) {

    /// What the router is run for. In `PROD` the default password is refused.
    public enum Environment {
        DEV,
        PROD
    }

    /// Where the router listens.
    ///
    /// @param port 0 to 65535; 0 takes any free port
    public record Listen(String host, int port) {}

    /// A user of HTTP Basic authentication.
    public record Credentials(String username, Secret password) {}

    /// How many finished tasks are kept, and how long each is kept at least.
    public record History(int limit, Duration minAge) {}

    /// Where downloaded files go, and with what rights they are fetched.
    ///
    /// @param cacheDirOnNodes the cache folder as the nodes see it, in the spelling of their operating system
    /// @param rootDir ComfyUI's directory as the router sees it, which holds `models/`
    /// @param recordPath the cache's record; its journal lies beside it
    /// @param allowPrivate host names, IP addresses and CIDR blocks that are reached although they are not public
    /// @param tokens tokens of other hosts, by host name in lower case
    /// @param timeout for all files of one task
    public record Download(
            Path cacheDir,
            String cacheDirOnNodes,
            Path rootDir,
            Path recordPath,
            long maxCacheBytes,
            List<String> allowPrivate,
            Optional<Secret> hfToken,
            Optional<Secret> civitaiToken,
            Map<String, Secret> tokens,
            Duration timeout,
            Pickle pickle) {}

    /// What happens to model files that are Python pickles.
    public enum Pickle {
        /// They go only to nodes that load them with `weights_only` (PyTorch 2.4 or newer).
        SAFE,
        REFUSE
    }

    /// The directory of the database and the results.
    ///
    /// @param minFreeBytes with less free space than this on its disk no new task is accepted
    /// @param maxFileBytes the largest output file that is kept
    /// @param maxTaskBytes the most that is kept of one task
    public record Data(Path dir, long minFreeBytes, long maxFileBytes, long maxTaskBytes) {}

    /// The nodes known from the start, and how nodes are watched.
    ///
    /// @param silence how long a node may be unreachable before its attempts are lost
    /// @param stall how long a running prompt may show no progress
    public record Node(List<URI> urls, Duration checkInterval, Duration silence, Duration stall) {
        /// Without the user information that a URL may hold.
        @Override
        public String toString() {
            var shown =
                    urls.stream().map(URI::toString).map(Kind::withoutUserInfo).toList();
            return "Node[urls=" + shown + ", checkInterval=" + checkInterval + ", silence=" + silence + ", stall="
                    + stall + "]";
        }
    }

    /// The limits of one task.
    ///
    /// @param maxWait from acceptance to the first attempt
    /// @param maxRun for each attempt
    public record Task(int maxAttempts, Duration maxWait, Duration maxRun) {}

    /// The limits of the HTTP server.
    ///
    /// @param maxBodyBytes the largest body of a request without pictures
    /// @param maxImageBodyBytes the largest body of a request that may hold pictures as base64
    /// @param bodyBudgetBytes what all bodies that are being read may hold together
    /// @param trustedProxies whose `X-Forwarded-For` is believed
    /// @param stopDelay how long all is still served after the router has said that it stops
    public record Http(
            int maxConnections,
            long maxBodyBytes,
            long maxImageBodyBytes,
            long bodyBudgetBytes,
            List<AddressRange> trustedProxies,
            Duration stopDelay) {}

    /// How the log looks.
    ///
    /// @param level from which level on the router's own lines are written; libraries write warnings and errors
    public record Log(Format format, Level level) {
        public enum Format {
            TEXT,
            JSON
        }

        public enum Level {
            ERROR,
            WARNING,
            INFO,
            DEBUG,
            TRACE
        }
    }

    /// One line of the settings table.
    ///
    /// @param byDefault the default as one would write it; empty when there is none
    public record Described(String variable, String byDefault, String meaning) {}

    /// One setting as it is in force.
    ///
    /// @param name the environment variable
    /// @param value as it was given, or the default; of a secret only `set` or `not set`
    public record Effective(String name, String value, Source source) {
        /// Who said so.
        public enum Source {
            DEFAULT,
            ENVIRONMENT,
            FILE
        }
    }

    /// Reads the settings from the environment and from `comfy-router.yaml` in the working directory (or the file
    /// that `COMFY_ROUTER__CONFIG` names); the environment wins. Relative paths start at the working directory.
    ///
    /// @throws InvalidConfig naming every mistake at once
    public static RouterConfig load(Map<String, String> environment, Path workingDirectory) {
        var problems = new ArrayList<String>();
        Map<String, Given> given = Given.collect(environment, workingDirectory, problems);
        var values = Values.read(given, workingDirectory, problems);
        Rule.check(values, problems);
        if (!problems.isEmpty()) {
            throw new InvalidConfig(problems);
        }
        return Settings.config(values);
    }

    /// The table of all settings, in the order of the documentation.
    public static List<Described> settings() {
        return Settings.ALL.stream()
                .map(setting -> new Described(setting.variable(), setting.byDefault(), setting.meaning()))
                .toList();
    }

    /// Whether the operator's password is the one that everybody knows.
    public boolean hasDefaultPassword() {
        return operator.password().reveal().equals(Settings.PASSWORD.byDefault());
    }
}
