package dev.comfyrouter.client;

import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Why a call to a ComfyUI server gave no result; each case stands for something else that the caller can do.
public abstract sealed class ComfyException extends RuntimeException {
    private final String message;

    private ComfyException(String message, @Nullable Throwable cause) {
        super(message, cause);
        this.message = message;
    }

    /// What happened, and where; never null.
    @Override
    public String getMessage() {
        return message;
    }

    /// Whether the server may have done what was asked although no answer says so. After a submit for which this
    /// is true the prompt can be queued or running: look for it in `queue()`, then in `history(…)`, before
    /// trying again.
    public boolean outcomeUnknown() {
        return false;
    }

    /// The server refuses the request itself; the same request gets the same answer anywhere.
    public static final class Rejected extends ComfyException {
        private final int status;
        private final String type;
        private final List<NodeError> nodeErrors;

        Rejected(String message, int status, String type, List<NodeError> nodeErrors) {
            super(message, null);
            this.status = status;
            this.type = type;
            this.nodeErrors = List.copyOf(nodeErrors);
        }

        /// The HTTP status, 400 to 499.
        public int status() {
            return status;
        }

        /// ComfyUI's word for the error, such as `prompt_outputs_failed_validation`; empty if the answer has
        /// none.
        public String type() {
            return type;
        }

        /// What is wrong with the graph's nodes; empty if the answer names none.
        public List<NodeError> nodeErrors() {
            return nodeErrors;
        }
    }

    /// The graph needs node classes, models or input files that this server lacks; another server may have them.
    public static final class MissingOnNode extends ComfyException {
        private final List<Missing> missing;
        private final List<NodeError> nodeErrors;

        MissingOnNode(String server, List<Missing> missing, List<NodeError> nodeErrors) {
            super(server + " lacks " + missing.stream().map(Missing::toString).collect(Collectors.joining(", ")), null);
            this.missing = List.copyOf(missing);
            this.nodeErrors = List.copyOf(nodeErrors);
        }

        /// What is missing, at least one thing. Of missing node classes ComfyUI names only the first.
        public List<Missing> missing() {
            return missing;
        }

        /// The same as ComfyUI's node errors; empty for a missing node class.
        public List<NodeError> nodeErrors() {
            return nodeErrors;
        }
    }

    /// One thing that a server lacks.
    ///
    /// @param kind what it is
    /// @param name the class name, or the file name as the graph spells it
    /// @param node the id of the graph's node that needs it; empty if the server did not say
    public record Missing(Kind kind, String name, String node) {
        /// What kind of thing is missing.
        public enum Kind {
            NODE_CLASS("node class"),
            MODEL("model"),
            INPUT_FILE("input file");

            private final String words;

            Kind(String words) {
                this.words = words;
            }
        }

        @Override
        public String toString() {
            return kind.words + " " + name;
        }
    }

    /// The server does not know the thing asked for: a file, a folder, a prompt or a route of a newer version.
    public static final class NotFound extends ComfyException {
        NotFound(String message) {
            super(message, null);
        }
    }

    /// Something in front of the server wants other credentials (401, 403, 407).
    public static final class Denied extends ComfyException {
        private final int status;

        Denied(String message, int status) {
            super(message, null);
            this.status = status;
        }

        public int status() {
            return status;
        }
    }

    /// The body is larger than allowed: an upload for the server (413), an answer for the caller's limit.
    public static final class TooLarge extends ComfyException {
        TooLarge(String message) {
            super(message, null);
        }
    }

    /// No complete answer came: refused, reset, cut off or timed out.
    public static final class Unreachable extends ComfyException {
        private final boolean sent;

        Unreachable(String message, boolean sent, @Nullable Throwable cause) {
            super(message, cause);
            this.sent = sent;
        }

        /// False if no connection was made, so that the server cannot have seen the request.
        @Override
        public boolean outcomeUnknown() {
            return sent;
        }
    }

    /// The server, or a proxy before it, answered 5xx. ComfyUI answers 500 to requests that it cannot read, and
    /// has been seen to do so with the prompt queued, so the outcome is unknown.
    public static final class ServerError extends ComfyException {
        private final int status;

        ServerError(String message, int status) {
            super(message, null);
            this.status = status;
        }

        public int status() {
            return status;
        }

        @Override
        public boolean outcomeUnknown() {
            return true;
        }
    }

    /// The answer is not one of ComfyUI: another program, a login page, a redirect, another prompt's id.
    public static final class Protocol extends ComfyException {
        Protocol(String message, @Nullable Throwable cause) {
            super(message, cause);
        }

        @Override
        public boolean outcomeUnknown() {
            return true;
        }
    }

    /// The server is too old for this library.
    public static final class Unsupported extends ComfyException {
        Unsupported(String message) {
            super(message, null);
        }
    }
}
