package dev.comfyrouter.cache;

import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/// Everything that can be set about a cache; if it can be made, it is valid.
public final class CacheSettings {

    /// 64 GiB.
    public static final long DEFAULT_MAX_BYTES = 64L << 30;

    final Path directory;
    final Path record;
    final String directoryOnNodes;
    final List<Path> linkRoots;
    final long maxBytes;
    final OptionalLong freeSpaceFloor;
    final AddressPolicy addresses;
    final Tokens tokens;
    final List<Pattern> secretParameters;
    final Duration connectTimeout;
    final Duration stallTimeout;
    final int attempts;
    final Backoff backoff;
    final int parallelDownloads;
    final PicklePolicy pickle;
    final Duration trashDelay;
    final Duration failureMemory;
    final InstantSource clock;
    final Hooks hooks;

    private CacheSettings(Builder builder, List<String> problems) {
        directory = builder.directory;
        record = builder.record;
        directoryOnNodes = builder.directoryOnNodes.orElse(directory.toString());
        linkRoots = List.copyOf(builder.linkRoots);
        maxBytes = builder.maxBytes;
        freeSpaceFloor = builder.freeSpaceFloor;
        addresses = AddressPolicy.of(builder.allowPrivate, problems);
        tokens = Tokens.of(builder.tokens);
        secretParameters = new ArrayList<>();
        for (var expression : builder.secretParameters) {
            try {
                secretParameters.add(Pattern.compile(expression));
            } catch (PatternSyntaxException e) {
                problems.add("'" + expression + "' is not a regular expression: " + e.getDescription());
            }
        }
        connectTimeout = positive("connect time-out", builder.connectTimeout, problems);
        stallTimeout = positive("stall time-out", builder.stallTimeout, problems);
        attempts = builder.attempts;
        backoff = new Backoff(positive("retry delay", builder.retryDelay, problems), builder.maxRetryDelay);
        parallelDownloads = builder.parallelDownloads;
        pickle = builder.pickle;
        trashDelay = builder.trashDelay;
        failureMemory = builder.failureMemory;
        clock = builder.clock;
        hooks = builder.hooks;
        if (maxBytes < 1) {
            problems.add("the limit of the cache is 1 byte or more, not " + maxBytes);
        }
        if (attempts < 1) {
            problems.add("a download has 1 attempt or more, not " + attempts);
        }
        if (parallelDownloads < 1) {
            problems.add("1 or more downloads run at a time, not " + parallelDownloads);
        }
    }

    private static Duration positive(String what, Duration value, List<String> problems) {
        if (value.isNegative() || value.isZero()) {
            problems.add("the " + what + " is more than nothing, not " + value);
        }
        return value;
    }

    /// Begins with the two paths that every cache needs.
    ///
    /// @param directory the cache folder; made if it is missing
    /// @param record the snapshot of the record; its journal lies beside it with `.log` at the end
    public static Builder builder(Path directory, Path record) {
        return new Builder(directory, record);
    }

    Path journal() {
        return record.resolveSibling(record.getFileName() + ".log");
    }

    /// Collects settings. Not thread-safe.
    public static final class Builder {

        private final Path directory;
        private final Path record;
        private Optional<String> directoryOnNodes = Optional.empty();
        private final List<Path> linkRoots = new ArrayList<>();
        private long maxBytes = DEFAULT_MAX_BYTES;
        private OptionalLong freeSpaceFloor = OptionalLong.empty();
        private final List<String> allowPrivate = new ArrayList<>();
        private final Map<String, String> tokens = new LinkedHashMap<>();
        private final List<String> secretParameters = new ArrayList<>();
        private Duration connectTimeout = Duration.ofSeconds(10);
        private Duration stallTimeout = Duration.ofSeconds(30);
        private int attempts = 5;
        private Duration retryDelay = Duration.ofSeconds(1);
        private Duration maxRetryDelay = Duration.ofMinutes(1);
        private int parallelDownloads = 16;
        private PicklePolicy pickle = PicklePolicy.MARK;
        private Duration trashDelay = Duration.ofHours(1);
        private Duration failureMemory = Duration.ofMinutes(10);
        private InstantSource clock = InstantSource.system();
        private Hooks hooks = Hooks.NONE;

        private Builder(Path directory, Path record) {
            this.directory = directory.toAbsolutePath().normalize();
            this.record = record.toAbsolutePath().normalize();
        }

        /// The cache folder as ComfyUI sees it: the text of the links. By default the folder itself.
        public Builder directoryOnNodes(String path) {
            directoryOnNodes = Optional.of(path);
            return this;
        }

        /// A directory below which [Lease#link] may make links, such as ComfyUI's `models`. May be called
        /// several times.
        public Builder linkRoot(Path root) {
            linkRoots.add(root.toAbsolutePath().normalize());
            return this;
        }

        /// The limit in bytes, 64 GiB by default.
        public Builder maxBytes(long bytes) {
            maxBytes = bytes;
            return this;
        }

        /// Bytes of the disk that are left to others; by default the larger of 2 GiB and 2 % of the disk.
        public Builder freeSpaceFloor(long bytes) {
            freeSpaceFloor = OptionalLong.of(bytes);
            return this;
        }

        /// A host name (`mirror.lan`, `*.lan`), address or CIDR that may be reached although it is not public.
        public Builder allowPrivate(String hostAddressOrCidr) {
            allowPrivate.add(hostAddressOrCidr.strip());
            return this;
        }

        /// A bearer token for a host and its subdomains (`huggingface.co`, `civitai.com`). It is sent to nobody
        /// else.
        public Builder token(String host, String token) {
            tokens.put(host, token);
            return this;
        }

        /// Bearer tokens from a JSON file: one object of host to token.
        ///
        /// @throws CacheUnusable if it cannot be read or is something else; the message holds no token
        public Builder tokens(Path file) {
            tokens.putAll(Tokens.read(file));
            return this;
        }

        /// A regular expression for names of query parameters that are secrets and do not tell files apart.
        public Builder secretParameter(String regularExpression) {
            secretParameters.add(regularExpression);
            return this;
        }

        /// How long a connection may take, 10 s by default.
        public Builder connectTimeout(Duration duration) {
            connectTimeout = duration;
            return this;
        }

        /// How long a server may be silent, before its answer and within it, 30 s by default. A body that
        /// brings less than 1 KiB in this time counts as silent too.
        public Builder stallTimeout(Duration duration) {
            stallTimeout = duration;
            return this;
        }

        /// How many tries in a row may bring no new byte, 5 by default.
        public Builder attempts(int count) {
            attempts = count;
            return this;
        }

        /// The first and the longest delay between tries (1 s and 60 s); what is waited is a random part of it.
        public Builder retryDelay(Duration first, Duration longest) {
            retryDelay = first;
            maxRetryDelay = longest;
            return this;
        }

        /// How many downloads run at a time, 16 by default.
        public Builder parallelDownloads(int count) {
            parallelDownloads = count;
            return this;
        }

        /// What happens to model files that can run code when they are loaded; by default they are marked.
        public Builder pickle(PicklePolicy policy) {
            pickle = policy;
            return this;
        }

        /// How long an evicted file stays on a network file system, where another host may have it mapped; 1 h
        /// by default.
        public Builder trashDelay(Duration duration) {
            trashDelay = duration;
            return this;
        }

        /// How long a failed download is listed, 10 min by default.
        public Builder failureMemory(Duration duration) {
            failureMemory = duration;
            return this;
        }

        /// Where the time comes from; the system's clock by default.
        public Builder clock(InstantSource source) {
            clock = source;
            return this;
        }

        Builder hooks(Hooks testHooks) {
            hooks = testHooks;
            return this;
        }

        /// Makes the settings.
        ///
        /// @throws IllegalArgumentException naming every mistake
        public CacheSettings build() {
            var problems = new ArrayList<String>();
            var settings = new CacheSettings(this, problems);
            if (!problems.isEmpty()) {
                throw new IllegalArgumentException(String.join("; ", problems));
            }
            return settings;
        }
    }
}
