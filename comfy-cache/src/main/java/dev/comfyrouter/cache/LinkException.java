package dev.comfyrouter.cache;

/// A link could not be made. Nothing that was there before has been changed.
public final class LinkException extends RuntimeException {

    /// What was in the way.
    public enum Reason {
        /// Something that is not our link to this file has the name, or one that differs from it only by case.
        NAME_TAKEN,
        /// The name is not safe as the name of one file.
        BAD_NAME,
        /// The directory is not inside a configured link root, or a part of its path is itself a link.
        OUTSIDE,
        /// The directory does not exist or cannot be written, or the file system has no symbolic links.
        UNWRITABLE
    }

    private final Reason reason;

    LinkException(Reason reason, String message) {
        super(message);
        this.reason = reason;
    }

    public Reason reason() {
        return reason;
    }
}
