package dev.comfyrouter.workflows;

import java.net.URI;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Optional;

/// A picture that a recipe names: on the web, in the request itself, or already on the node.
public sealed interface ImageRef {

    /// A picture on the web.
    ///
    /// @param url absolute, `http` or `https`
    record Remote(URI url) implements ImageRef {
        public Remote {
            WebAddress.problem(url).ifPresent(problem -> {
                throw new IllegalArgumentException(problem);
            });
        }

        /// Hides what may be a token.
        @Override
        public String toString() {
            return "Remote[url=" + WebAddress.withoutSecrets(url) + "]";
        }
    }

    /// A picture in the `input/` folder of the node.
    ///
    /// @param name as ComfyUI's `LoadImage` takes it: `photo.png`, `folder/photo.png`, `photo.png [temp]`
    /// @param width in pixels, as `LoadImage` gives it
    /// @param height in pixels
    record Named(String name, int width, int height) implements ImageRef {
        public Named {
            FileNames.problem(name).ifPresent(problem -> {
                throw new IllegalArgumentException(problem);
            });
            if (width < 1 || height < 1)
                throw new IllegalArgumentException("a picture has at least one pixel, not " + width + " × " + height);
        }
    }

    /// A picture whose bytes came with the request. Two are equal when their bytes are.
    final class Inline implements ImageRef {
        private final String sha256;
        private final long size;
        private final PictureHeader header;
        private final Optional<byte[]> bytes;

        private Inline(String sha256, long size, PictureHeader header, Optional<byte[]> bytes) {
            this.sha256 = sha256;
            this.size = size;
            this.header = header;
            this.bytes = bytes;
        }

        /// A picture with these bytes, which are not copied and must not be changed.
        ///
        /// @throws IllegalArgumentException when this is no PNG, JPEG or WebP, or has more than 64 megapixels
        public static Inline of(byte[] picture) {
            var header = PictureHeader.of(picture)
                    .orElseThrow(() -> new IllegalArgumentException("this is no PNG, JPEG or WebP, or it is cut off"));
            header.problem().ifPresent(problem -> {
                throw new IllegalArgumentException(problem);
            });
            return new Inline(sha256(picture), picture.length, header, Optional.of(picture));
        }

        /// The same picture when its bytes are kept elsewhere under their hash.
        static Inline elsewhere(String sha256, long size, PictureHeader header) {
            return new Inline(sha256, size, header, Optional.empty());
        }

        /// 64 lower-case hex digits.
        public String sha256() {
            return sha256;
        }

        /// Bytes of the file.
        public long size() {
            return size;
        }

        public PictureHeader header() {
            return header;
        }

        /// The file, not a copy; empty in a recipe that was restored from its stored form.
        public Optional<byte[]> bytes() {
            return bytes;
        }

        private static String sha256(byte[] bytes) {
            try {
                return HexFormat.of()
                        .formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
            } catch (NoSuchAlgorithmException everyJdkHasIt) {
                throw new IllegalStateException(everyJdkHasIt);
            }
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Inline that && sha256.equals(that.sha256);
        }

        @Override
        public int hashCode() {
            return sha256.hashCode();
        }

        @Override
        public String toString() {
            return "Inline[" + header + ", " + size + " bytes, sha256=" + sha256 + "]";
        }
    }
}
