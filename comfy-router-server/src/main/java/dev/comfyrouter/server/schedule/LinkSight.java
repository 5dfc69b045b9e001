package dev.comfyrouter.server.schedule;

import dev.comfyrouter.client.ComfyException;
import dev.comfyrouter.client.ModelFile;
import dev.comfyrouter.server.download.PresentFiles;
import dev.comfyrouter.server.node.Node;
import dev.comfyrouter.server.time.Time;
import dev.comfyrouter.workflows.ModelFolder;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Collectors;

/// The last look before a prompt is sent: does its node list the files that were linked for it, with their exact
/// sizes?
///
/// ComfyUI accepts the name of a broken link and fails when it loads it; only the size proves that the file is
/// there. What a node has listed once is remembered until it connects anew.
final class LinkSight {
    /// A network folder may show a new link some seconds late.
    private static final List<Duration> PAUSES =
            List.of(Duration.ofMillis(250), Duration.ofMillis(750), Duration.ofSeconds(2), Duration.ofSeconds(4));

    private final Time time;

    LinkSight(Time time) {
        this.time = time;
    }

    /// What the node does not see, in one sentence; empty when it sees everything.
    ///
    /// @throws ComfyException when the node does not answer
    Optional<String> missing(Run run, PresentFiles files) throws InterruptedException {
        Optional<String> missing = look(run.node(), files.links());
        for (Duration pause : PAUSES) {
            if (missing.isEmpty() || run.cancelled()) {
                break;
            }
            time.pause(pause);
            missing = look(run.node(), files.links());
        }
        return missing.map(what -> run.node().state().spec().url() + " " + what);
    }

    private static Optional<String> look(Node node, Collection<PresentFiles.Link> links) throws InterruptedException {
        Map<ModelFolder, List<PresentFiles.Link>> unseen = links.stream()
                .filter(link -> !node.seen().contains(key(link)))
                .collect(Collectors.groupingBy(PresentFiles.Link::folder));
        for (Map.Entry<ModelFolder, List<PresentFiles.Link>> folder : unseen.entrySet()) {
            List<ModelFile> listed = list(node, folder.getKey());
            for (PresentFiles.Link link : folder.getValue()) {
                OptionalLong size = listed.stream()
                        .filter(file -> file.name().equals(link.name()))
                        .mapToLong(ModelFile::size)
                        .findFirst();
                if (size.isEmpty()) {
                    return Optional.of(notSeen(link.folder()));
                }
                if (size.getAsLong() != link.size()) {
                    return Optional.of("sees models/" + link.folder().folder() + "/" + link.name() + " with "
                            + size.getAsLong() + " bytes instead of " + link.size());
                }
                node.seen().add(key(link));
            }
        }
        return Optional.empty();
    }

    private static List<ModelFile> list(Node node, ModelFolder folder) throws InterruptedException {
        try {
            return node.client().modelFiles(folder.folder());
        } catch (ComfyException.NotFound noSuchFolder) {
            return List.of();
        }
    }

    /// What is said of a node that does not share the router's models folder.
    static String notSeen(ModelFolder folder) {
        return "does not see files linked into models/" + folder.folder() + ": is ROOT_DIR its models folder?";
    }

    private static String key(PresentFiles.Link link) {
        return link.folder().folder() + "/" + link.name();
    }
}
