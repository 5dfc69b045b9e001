package dev.comfyrouter.client;

import java.util.Optional;
import java.util.regex.Pattern;

/// A version of ComfyUI, compared number by number: 0.3.76 comes before 0.4.0, which comes before 0.33.0.
///
/// @param major the first number
/// @param minor the second number
/// @param patch the third number, 0 if absent
public record Version(int major, int minor, int patch) implements Comparable<Version> {
    /// The oldest server this library talks to: the first one that interrupts a prompt by its id.
    public static final Version OLDEST_SUPPORTED = new Version(0, 3, 57);

    private static final Pattern SPELLING =
            Pattern.compile("v?(\\d{1,9})\\.(\\d{1,9})(?:\\.(\\d{1,9}))?(?:[.+-].*)?", Pattern.CASE_INSENSITIVE);

    /// Reads a spelling such as `0.3.64`, `v0.33.0` or `0.4.0-rc1`; what follows the third number is ignored.
    public static Optional<Version> tryParse(String text) {
        var match = SPELLING.matcher(text.strip());
        if (!match.matches()) {
            return Optional.empty();
        }
        String patch = match.group(3);
        return Optional.of(new Version(
                Integer.parseInt(match.group(1)),
                Integer.parseInt(match.group(2)),
                patch == null ? 0 : Integer.parseInt(patch)));
    }

    public boolean isAtLeast(Version other) {
        return compareTo(other) >= 0;
    }

    /// Whether this library talks to a server of this version.
    public boolean isSupported() {
        return isAtLeast(OLDEST_SUPPORTED);
    }

    @Override
    public int compareTo(Version other) {
        int byMajor = Integer.compare(major, other.major);
        int byMinor = byMajor != 0 ? byMajor : Integer.compare(minor, other.minor);
        return byMinor != 0 ? byMinor : Integer.compare(patch, other.patch);
    }

    @Override
    public String toString() {
        return major + "." + minor + "." + patch;
    }
}
