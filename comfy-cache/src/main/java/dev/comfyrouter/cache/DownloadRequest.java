package dev.comfyrouter.cache;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Pattern;

/// One file that somebody wants: its URL and what is known about it beforehand. Immutable.
public final class DownloadRequest {

    private static final Pattern HEADER_NAME = Pattern.compile("[!#$%&'*+.^_`|~0-9A-Za-z-]+");
    private static final Pattern HEADER_VALUE = Pattern.compile("[\\x20-\\x7e\\t]*");
    private static final Pattern SHA256 = Pattern.compile("[0-9a-f]{64}");

    private final URI url;
    private final FileKind kind;
    private final Optional<String> sha256;
    private final OptionalLong size;
    private final Optional<String> name;
    private final Optional<Path> directory;
    private final Map<String, String> headers;
    private final Optional<Instant> deadline;
    private final Optional<Duration> maxAge;
    private final Optional<String> wantedBy;

    private DownloadRequest(Builder builder) {
        url = builder.url;
        kind = builder.kind;
        sha256 = builder.sha256;
        size = builder.size;
        name = builder.name;
        directory = builder.directory;
        headers = Map.copyOf(builder.headers);
        deadline = builder.deadline;
        maxAge = builder.maxAge;
        wantedBy = builder.wantedBy;
    }

    /// A request of which nothing but the URL is known.
    public static DownloadRequest of(URI url, FileKind kind) {
        return builder(url, kind).build();
    }

    /// Begins a request.
    ///
    /// @param url `http` or `https`; checked when the file is acquired
    public static Builder builder(URI url, FileKind kind) {
        return new Builder(url, kind);
    }

    /// The URL as given; it may hold secrets, so do not log it.
    public URI url() {
        return url;
    }

    /// What the file is meant to be, which decides how its content is checked.
    public FileKind kind() {
        return kind;
    }

    /// The SHA-256 that the bytes must have, 64 lower-case hex digits.
    public Optional<String> sha256() {
        return sha256;
    }

    /// The size that the file must have, in bytes.
    public OptionalLong size() {
        return size;
    }

    /// The file name that the caller wants; it wins over what server and URL say.
    public Optional<String> name() {
        return name;
    }

    /// Where the file is to be linked. It is shown with the download; the link is made by [Lease#link], and by
    /// [FileCache#tryPrefetch] for itself.
    public Optional<Path> directory() {
        return directory;
    }

    /// Headers for the first origin only: no redirect to another origin gets them.
    public Map<String, String> headers() {
        return headers;
    }

    /// When the acquisition gives up; empty waits as long as it takes.
    public Optional<Instant> deadline() {
        return deadline;
    }

    /// How old the last check with the server may be for the cached file to be used; empty never asks again.
    public Optional<Duration> maxAge() {
        return maxAge;
    }

    /// Who wants the file, in the caller's words; [Download#wantedBy] shows it while it is fetched.
    public Optional<String> wantedBy() {
        return wantedBy;
    }

    /// The same file, wanted by nobody in particular and without haste.
    DownloadRequest withoutDeadline() {
        var copy = new Builder(url, kind);
        copy.sha256 = sha256;
        copy.size = size;
        copy.name = name;
        copy.directory = directory;
        copy.headers.putAll(headers);
        copy.maxAge = maxAge;
        return copy.build();
    }

    @Override
    public String toString() {
        return "DownloadRequest[" + UrlIdentity.withoutQuery(url) + ", " + kind + "]";
    }

    /// Collects what is known about a file. Not thread-safe.
    public static final class Builder {

        private final URI url;
        private final FileKind kind;
        private Optional<String> sha256 = Optional.empty();
        private OptionalLong size = OptionalLong.empty();
        private Optional<String> name = Optional.empty();
        private Optional<Path> directory = Optional.empty();
        private final Map<String, String> headers = new LinkedHashMap<>();
        private Optional<Instant> deadline = Optional.empty();
        private Optional<Duration> maxAge = Optional.empty();
        private Optional<String> wantedBy = Optional.empty();

        private Builder(URI url, FileKind kind) {
            this.url = url;
            this.kind = kind;
        }

        /// Sets the SHA-256 that the bytes must have.
        ///
        /// @param hex 64 hex digits, in any case
        /// @throws IllegalArgumentException if it is anything else
        public Builder sha256(String hex) {
            var lower = hex.toLowerCase(Locale.ROOT);
            if (!SHA256.matcher(lower).matches()) {
                throw new IllegalArgumentException("a SHA-256 has 64 hex digits, not '" + hex + "'");
            }
            sha256 = Optional.of(lower);
            return this;
        }

        /// Sets the size that the file must have.
        ///
        /// @param bytes 1 or more
        public Builder size(long bytes) {
            if (bytes < 1) {
                throw new IllegalArgumentException("a size is 1 byte or more, not " + bytes);
            }
            size = OptionalLong.of(bytes);
            return this;
        }

        /// Sets the file name that is wanted, with its extension and without a path; made safe where it is not.
        public Builder name(String fileName) {
            name = Optional.of(fileName);
            return this;
        }

        /// Sets where the file is to be linked; see [DownloadRequest#directory()].
        ///
        /// @param path inside one of the cache's link roots
        public Builder directory(Path path) {
            directory = Optional.of(path);
            return this;
        }

        /// Adds a header for the first origin; see [DownloadRequest#headers()].
        ///
        /// @throws IllegalArgumentException if it cannot be sent: an unfit name, or a line break in the value
        public Builder header(String header, String value) {
            if (!HEADER_NAME.matcher(header).matches()
                    || !HEADER_VALUE.matcher(value).matches()) {
                throw new IllegalArgumentException("'" + header + "' or its value cannot be sent as a header");
            }
            headers.put(header, value);
            return this;
        }

        /// Sets when the acquisition gives up.
        public Builder deadline(Instant instant) {
            deadline = Optional.of(instant);
            return this;
        }

        /// Sets how old the last check with the server may be.
        ///
        /// @param age [Duration#ZERO] asks the server each time
        public Builder maxAge(Duration age) {
            maxAge = Optional.of(age);
            return this;
        }

        /// Sets who wants the file, such as the number of an order; see [DownloadRequest#wantedBy()].
        public Builder wantedBy(String who) {
            wantedBy = Optional.of(who);
            return this;
        }

        /// Makes the request.
        public DownloadRequest build() {
            return new DownloadRequest(this);
        }
    }
}
