package dev.comfyrouter.cache;

import java.time.Duration;
import java.util.Optional;

/// Why a file could not be had, named by what the caller can do about it. Messages name the URL without its
/// query and no secret.
public abstract sealed class DownloadException extends RuntimeException {

    /// The exact cause, for people and for tests.
    public enum Reason {
        /// Not `http`/`https`, or not a URL at all.
        BAD_URL,
        /// The address is not public and not on the allow-list.
        PRIVATE_ADDRESS,
        /// A redirect to another scheme, from `https` to `http`, or more than ten.
        BAD_REDIRECT,
        /// The server wants credentials (401, 403, or a log-in page).
        AUTH_REQUIRED,
        /// 404 or 410.
        NOT_FOUND,
        /// Another status that a repetition will not change.
        REFUSED_BY_SERVER,
        /// Connection, time-out, 429 or 5xx, five times without a new byte.
        UNREACHABLE,
        /// More or fewer bytes than promised, or a body whose end cannot be proved.
        SIZE_MISMATCH,
        /// The bytes do not have the SHA-256 that was asked for or announced.
        HASH_MISMATCH,
        /// A web page instead of the file.
        HTML_INSTEAD_OF_FILE,
        /// The pointer text of git-lfs instead of the file.
        LFS_POINTER,
        /// A safetensors file that ends too early or too late.
        TRUNCATED_SAFETENSORS,
        /// No bytes.
        EMPTY,
        /// The content is not what its name or kind says.
        WRONG_KIND,
        /// No extension that ComfyUI knows, neither in the request nor from server, URL or content.
        NO_EXTENSION,
        /// A format that can run code, and the policy refuses those.
        UNSAFE_PICKLE,
        /// A `Content-Encoding` that is not decoded here.
        UNKNOWN_ENCODING,
        /// Larger than the whole cache.
        TOO_LARGE,
        /// Files in use or pinned left no space until the deadline.
        NO_SPACE,
        /// The disk is full, whatever the limit of the cache.
        DISK_FULL,
        /// The deadline of the request has passed.
        DEADLINE,
        /// Somebody cancelled the download.
        CANCELLED,
        /// The cache is being closed.
        CLOSED,
        /// The cache folder cannot be written: hits work, downloads do not.
        READ_ONLY,
        /// The disk failed, or a defect of the cache.
        INTERNAL
    }

    private final Reason reason;
    private final String url;

    private DownloadException(Reason reason, String url, String message) {
        super(message);
        this.reason = reason;
        this.url = url;
    }

    /// The exact cause.
    public Reason reason() {
        return reason;
    }

    /// The URL without its query.
    public String url() {
        return url;
    }

    /// The URL may not be fetched as the configuration stands: change the URL or the allow-list.
    public static final class Forbidden extends DownloadException {
        Forbidden(Reason reason, String url, String message) {
            super(reason, url, message);
        }
    }

    /// The server wants a token: configure one for [#host()].
    public static final class AuthRequired extends DownloadException {
        private final String host;

        AuthRequired(String url, String host, String message) {
            super(Reason.AUTH_REQUIRED, url, message);
            this.host = host;
        }

        /// The host that asked for it, which may be one that the URL was redirected to.
        public String host() {
            return host;
        }
    }

    /// The server answered and will answer the same again: correct the URL.
    public static final class Rejected extends DownloadException {
        private final int status;

        Rejected(Reason reason, String url, int status, String message) {
            super(reason, url, message);
            this.status = status;
        }

        /// The HTTP status.
        public int status() {
            return status;
        }
    }

    /// Temporary: try again later, not before [#retryAfter()] where the server said so.
    public static final class Unreachable extends DownloadException {
        private final Optional<Duration> retryAfter;

        Unreachable(String url, Optional<Duration> retryAfter, String message) {
            super(Reason.UNREACHABLE, url, message);
            this.retryAfter = retryAfter;
        }

        /// What the server said in `Retry-After`, if it did.
        public Optional<Duration> retryAfter() {
            return retryAfter;
        }
    }

    /// The bytes are not the file that was asked for: correct the URL, the hash or the size.
    public static final class WrongContent extends DownloadException {
        WrongContent(Reason reason, String url, String message) {
            super(reason, url, message);
        }
    }

    /// There is no room: give leases back, unpin, raise the limit or free the disk.
    public static final class NoRoom extends DownloadException {
        NoRoom(Reason reason, String url, String message) {
            super(reason, url, message);
        }
    }

    /// It was ended before it was done: by deadline, by cancellation or by closing the cache.
    public static final class Ended extends DownloadException {
        Ended(Reason reason, String url, String message) {
            super(reason, url, message);
        }
    }

    /// The cache itself cannot take files: a human must look at its disk.
    public static final class CacheBroken extends DownloadException {
        CacheBroken(Reason reason, String url, String message) {
            super(reason, url, message);
        }
    }
}
