package dev.comfyrouter.cache;

import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.SecureDirectoryStream;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/// The symbolic links that make blobs visible to ComfyUI.
///
/// A link is ours when its text is `<folder as the nodes see it>/blobs/<sha256>`; nothing else is ever changed
/// or removed. ComfyUI remembers loaded models by name, so a link is never pointed at another blob; only one
/// whose blob is gone is replaced.
final class Links {

    private static final Logger LOG = System.getLogger(Links.class.getName());
    private static final Pattern SHA256 = Pattern.compile("[0-9a-f]{64}");
    private static final int MAX_DEPTH = 6;

    private final Disk disk;
    private final List<Path> roots;
    private final String prefix;
    private final Predicate<String> isInCache;

    /// @param isInCache whether a blob is there
    Links(Disk disk, List<Path> roots, String directoryOnNodes, Predicate<String> isInCache) {
        this.disk = disk;
        this.roots = roots;
        prefix = directoryOnNodes + (directoryOnNodes.endsWith("/") ? "" : "/") + "blobs/";
        this.isInCache = isInCache;
    }

    /// The path that a link would have.
    ///
    /// @throws LinkException if the name or the directory may not be used
    Path place(Path directory, String name) {
        FileNames.problem(name).ifPresent(problem -> {
            throw new LinkException(
                    LinkException.Reason.BAD_NAME, "'" + name + "' cannot be the name of a link: " + problem);
        });
        var place = directory.toAbsolutePath().normalize();
        rootOf(place);
        return place.resolve(name);
    }

    /// @throws LinkException if no links are made in this directory
    void refuseOutside(Path directory) {
        rootOf(directory.toAbsolutePath().normalize());
    }

    private Path rootOf(Path directory) {
        return roots.stream()
                .filter(directory::startsWith)
                .findFirst()
                .orElseThrow(() -> new LinkException(
                        LinkException.Reason.OUTSIDE, directory + " is not inside a directory for links " + roots));
    }

    /// Makes a link, or finds that it is there. Links to existing things of others, and to other blobs, stay as
    /// they are.
    void make(Path link, String sha256) {
        var directory = parent(link);
        var name = String.valueOf(link.getFileName());
        try (var walk = Walk.to(rootOf(directory), directory)) {
            refuseTwin(directory, name);
            var text = prefix + sha256;
            if (!isThere(link, text)) {
                create(link, text);
            }
            if (!walk.sees(link)) {
                removeStray(link, text);
                throw outside(directory);
            }
        } catch (NoSuchFileException | NotDirectoryException e) {
            throw new LinkException(LinkException.Reason.UNWRITABLE, directory + " is not a directory that exists");
        } catch (IOException | UnsupportedOperationException e) {
            throw new LinkException(LinkException.Reason.UNWRITABLE, "No link can be made in " + directory + ": " + e);
        }
    }

    private boolean isThere(Path link, String text) throws IOException {
        if (!Files.exists(link, LinkOption.NOFOLLOW_LINKS)) {
            return false;
        }
        var present = textOf(link);
        if (present.equals(Optional.of(text))) {
            return true;
        }
        var dangling = present.flatMap(this::blobOf).filter(sha256 -> !isInCache.test(sha256));
        if (dangling.isEmpty()) {
            throw taken(link, "something else has this name");
        }
        disk.delete(link);
        return false;
    }

    /// Creating a symbolic link is one step that fails when the name is taken: it needs no temporary name.
    private void create(Path link, String text) throws IOException {
        try {
            disk.link(link, Path.of(text));
        } catch (FileAlreadyExistsException e) {
            if (!textOf(link).equals(Optional.of(text))) {
                throw taken(link, "somebody else took this name just now");
            }
        }
    }

    /// Windows and macOS do not tell names apart by case, and a folder may be shared with them.
    private static void refuseTwin(Path directory, String name) throws IOException {
        try (DirectoryStream<Path> all = Files.newDirectoryStream(directory)) {
            for (var other : all) {
                var otherName = String.valueOf(other.getFileName());
                if (!otherName.equals(name)
                        && otherName.toLowerCase(Locale.ROOT).equals(name.toLowerCase(Locale.ROOT))) {
                    throw taken(directory.resolve(name), "'" + otherName + "' differs only by case");
                }
            }
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        }
    }

    private void removeStray(Path link, String text) throws IOException {
        if (textOf(link).equals(Optional.of(text))) {
            disk.delete(link);
        }
    }

    /// Removes links to a blob that is about to go. What is no longer ours is left alone.
    ///
    /// @return those that could not be removed
    List<String> remove(FileRecord file) {
        var left = new ArrayList<String>();
        for (var link : file.links()) {
            try {
                removeStray(Path.of(link), prefix + file.sha256());
            } catch (IOException e) {
                LOG.log(Level.WARNING, "The link {0} cannot be removed: {1}", link, e.toString());
                left.add(link);
            }
        }
        return left;
    }

    /// A link that was found below a root.
    record Found(Path link, String sha256) {}

    /// Looks through the roots, following no link, for links of ours.
    List<Found> find() {
        var found = new ArrayList<Found>();
        for (var root : roots) {
            find(root, 0, found);
        }
        return found;
    }

    private void find(Path directory, int depth, List<Found> found) {
        try (DirectoryStream<Path> all = Files.newDirectoryStream(directory)) {
            for (var path : all) {
                var attributes = Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
                if (attributes.isDirectory() && depth < MAX_DEPTH) {
                    find(path, depth + 1, found);
                } else if (attributes.isSymbolicLink()) {
                    textOf(path).flatMap(this::blobOf).ifPresent(sha256 -> found.add(new Found(path, sha256)));
                }
            }
        } catch (NoSuchFileException e) {
            LOG.log(Level.DEBUG, "{0} went while it was looked through", directory);
        } catch (IOException | DirectoryIteratorException e) {
            LOG.log(Level.WARNING, "{0} cannot be looked through for links: {1}", directory, e.toString());
        }
    }

    /// Removes a link that points nowhere.
    void removeDangling(Found found) throws IOException {
        removeStray(found.link(), prefix + found.sha256());
    }

    private Optional<String> blobOf(String text) {
        if (!text.startsWith(prefix)) {
            return Optional.empty();
        }
        var name = text.substring(prefix.length());
        return SHA256.matcher(name).matches() ? Optional.of(name) : Optional.empty();
    }

    private static Optional<String> textOf(Path link) throws IOException {
        try {
            return Files.isSymbolicLink(link)
                    ? Optional.of(Files.readSymbolicLink(link).toString())
                    : Optional.empty();
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
    }

    private static Path parent(Path link) {
        var parent = link.getParent();
        if (parent == null) {
            throw new IllegalStateException("a link's path is absolute");
        }
        return parent;
    }

    private static LinkException taken(Path link, String why) {
        return new LinkException(LinkException.Reason.NAME_TAKEN, link + ": " + why);
    }

    private static LinkException outside(Path directory) {
        return new LinkException(
                LinkException.Reason.OUTSIDE,
                directory + " leads out of the directory for links: a part of it is itself a link");
    }

    /// A directory reached from its root without following a link, held open so that nobody can put another one
    /// in its place unseen.
    private static final class Walk implements AutoCloseable {

        private final List<DirectoryStream<Path>> opened;

        private Walk(List<DirectoryStream<Path>> opened) {
            this.opened = opened;
        }

        @SuppressWarnings("StreamResourceLeak") // the walk holds them open and closes them
        static Walk to(Path root, Path directory) throws IOException {
            var opened = new ArrayList<DirectoryStream<Path>>();
            var walk = new Walk(opened);
            try {
                var stream = Files.newDirectoryStream(root); // the root itself is the operator's word
                opened.add(stream);
                if (!(stream instanceof SecureDirectoryStream<Path>)) {
                    if (!directory.toRealPath().startsWith(root.toRealPath())) {
                        throw outside(directory);
                    }
                    return walk;
                }
                for (var step : root.relativize(directory)) {
                    if (step.toString().isEmpty()) {
                        continue;
                    }
                    var attributes = ((SecureDirectoryStream<Path>) stream)
                            .getFileAttributeView(step, BasicFileAttributeView.class, LinkOption.NOFOLLOW_LINKS)
                            .readAttributes();
                    if (attributes.isSymbolicLink()) {
                        throw outside(directory);
                    }
                    stream = ((SecureDirectoryStream<Path>) stream).newDirectoryStream(step, LinkOption.NOFOLLOW_LINKS);
                    opened.add(stream);
                }
                return walk;
            } catch (IOException | RuntimeException e) {
                walk.close();
                throw e;
            }
        }

        /// Whether a path leads to an entry of this very directory.
        boolean sees(Path link) throws IOException {
            if (!(opened.getLast() instanceof SecureDirectoryStream<Path> secure)) {
                return true;
            }
            try {
                var inside = secure.getFileAttributeView(
                                link.getFileName(), BasicFileAttributeView.class, LinkOption.NOFOLLOW_LINKS)
                        .readAttributes();
                var byPath = Files.readAttributes(link, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
                return Objects.equals(inside.fileKey(), byPath.fileKey());
            } catch (NoSuchFileException e) {
                return false;
            }
        }

        @Override
        public void close() throws IOException {
            for (var stream : opened.reversed()) {
                stream.close();
            }
        }
    }
}
