package dev.comfyrouter.workflows;

import java.net.URI;
import java.util.Locale;
import java.util.Optional;

/// A model file that a recipe names: one the node has, or one to fetch.
public sealed interface ModelRef {

    /// A file below the model folder on the node, such as `v1-5.safetensors` or `styles/ink.safetensors`.
    ///
    /// A name that could leave its folder is refused: absolute paths, `.` and `..`, backslashes, drive
    /// letters, control characters.
    record Named(String name) implements ModelRef {
        public Named {
            FileNames.problem(name).ifPresent(problem -> {
                throw new IllegalArgumentException(problem);
            });
        }
    }

    /// A file on the web.
    ///
    /// @param url absolute, `http` or `https`
    /// @param sha256 64 lower-case hex digits, when the caller knows them
    record Remote(URI url, Optional<String> sha256) implements ModelRef {
        public Remote {
            WebAddress.problem(url).ifPresent(problem -> {
                throw new IllegalArgumentException(problem);
            });
            sha256 = sha256.map(hex -> hex.toLowerCase(Locale.ROOT));
            if (sha256.isPresent() && !sha256.get().matches("[0-9a-f]{64}"))
                throw new IllegalArgumentException("a SHA-256 is 64 hex digits, not \"" + sha256.get() + "\"");
        }

        public Remote(URI url) {
            this(url, Optional.empty());
        }

        /// Hides what may be a token.
        @Override
        public String toString() {
            return "Remote[url=" + WebAddress.withoutSecrets(url) + ", sha256=" + sha256 + "]";
        }
    }

    /// A URL when the text looks like one, otherwise the name of a file on the node.
    ///
    /// @throws IllegalArgumentException with a sentence that says what is wrong
    static ModelRef of(String nameOrUrl) {
        return WebAddress.looksLikeOne(nameOrUrl) ? new Remote(WebAddress.parse(nameOrUrl)) : new Named(nameOrUrl);
    }
}
