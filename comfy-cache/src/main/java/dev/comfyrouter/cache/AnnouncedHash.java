package dev.comfyrouter.cache;

import java.util.Base64;
import java.util.HexFormat;
import java.util.Optional;
import java.util.regex.Pattern;

/// The SHA-256 that a server announces for a file. Pure.
final class AnnouncedHash {

    private static final Pattern DIGEST = Pattern.compile("(?:^|,)\\s*sha-256=:([A-Za-z0-9+/=]{44}):");
    private static final Pattern OLD_DIGEST = Pattern.compile("(?:^|,)\\s*(?i:sha-256)=([A-Za-z0-9+/=]{44})(?:,|$)");

    private AnnouncedHash() {}

    /// In the order of their weight: Hugging Face's linked entity tag, `Repr-Digest`, `Content-Digest` of a
    /// whole body, `x-amz-checksum-sha256`, `Digest`.
    static Optional<String> of(Answer answer) {
        return answer.linkedSha256()
                .or(() -> in(DIGEST, answer.header("repr-digest")))
                .or(() -> answer.status() == 200 ? in(DIGEST, answer.header("content-digest")) : Optional.empty())
                .or(() -> answer.header("x-amz-checksum-sha256").flatMap(AnnouncedHash::decoded))
                .or(() -> in(OLD_DIGEST, answer.header("digest")));
    }

    private static Optional<String> in(Pattern pattern, Optional<String> header) {
        return header.flatMap(value -> {
            var match = pattern.matcher(value);
            return match.find() ? decoded(match.group(1)) : Optional.empty();
        });
    }

    /// A composite checksum of a multipart upload (`…-3`) is not Base64 of 32 bytes and falls out here.
    private static Optional<String> decoded(String base64) {
        try {
            var bytes = Base64.getDecoder().decode(base64.strip());
            return bytes.length == 32 ? Optional.of(HexFormat.of().formatHex(bytes)) : Optional.empty();
        } catch (IllegalArgumentException e) {
            return Optional.empty(); // not a digest, so nothing was announced
        }
    }
}
