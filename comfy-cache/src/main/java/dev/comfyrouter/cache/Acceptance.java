package dev.comfyrouter.cache;

import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Decides whether what a server sends may come into the cache, by its beginning and when it is whole, and
/// moves it there.
final class Acceptance {

    private static final Logger LOG = System.getLogger(Acceptance.class.getName());

    private final Transfer transfer;
    private final Equipment equipment;
    private final FileKind kind;
    private final String display;

    Acceptance(Transfer transfer, Equipment equipment) {
        this.transfer = transfer;
        this.equipment = equipment;
        kind = transfer.request.kind();
        display = transfer.url.display();
    }

    /// The name of a file as far as headers tell.
    Optional<String> nameSoFar(Part part, Answer answer) {
        var server = answer.disposition().flatMap(FileNames::fromDisposition);
        var caller = transfer.request.name().or(part::name);
        return Optional.of(FileNames.choose(kind, caller, server, transfer.request.url(), ""));
    }

    private String nameWith(Part part, byte[] head) {
        return FileNames.choose(kind, part.name(), Optional.empty(), transfer.request.url(), Structure.sniff(head));
    }

    /// Looks at the content type before a byte of the body is read.
    void checkType(Answer answer) {
        refuse(Structure.early(kind, new byte[0], answer.header("content-type")), answer);
    }

    /// Looks at the first bytes, so that a wrong file of 20 GB is not fetched to its end.
    void checkHead(Part part, byte[] head, Answer answer) {
        refuse(Structure.early(kind, head, Optional.empty()), answer);
        var name = nameWith(part, head);
        transfer.named(name);
        if (kind != FileKind.MODEL) {
            return;
        }
        if (!FileNames.MODEL_EXTENSIONS.contains(FileNames.extension(name))) {
            throw wrong(Structure.noExtension(name));
        }
        if (FileNames.isPickle(name) && equipment.settings().pickle == PicklePolicy.REFUSE) {
            throw wrong(Structure.unsafePickle(name));
        }
    }

    private void refuse(Optional<Structure.Problem> problem, Answer answer) {
        if (problem.isPresent()) {
            throw Statuses.looksLikeLogin(answer)
                    ? Statuses.authRequired(answer, transfer.request.url(), display)
                    : wrong(problem.get());
        }
    }

    /// Takes a file in of which every byte is there and the hash is right.
    ///
    /// @param endProved whether protocol or hash say that nothing is missing at the end
    /// @param resumed whether some bytes were there from an earlier time
    void accept(Part part, String sha256, boolean endProved, boolean resumed) throws IOException, InterruptedException {
        transfer.enter(Progress.Phase.PUBLISH);
        var name = nameWith(part, part.head());
        if (!endProved && !Structure.provesEnd(kind, name)) {
            throw new DownloadException.WrongContent(
                    DownloadException.Reason.SIZE_MISMATCH,
                    display,
                    display + ": the server said neither size nor hash, so nobody knows whether the file is whole");
        }
        var problem = Structure.check(kind, name, part.file());
        if (problem.isPresent()) {
            throw wrong(problem.get());
        }
        var now = equipment.settings().clock.millis();
        var source = new FileRecord.Source(transfer.url.key(), display, name, part.validators(), now);
        if (equipment.outcomes().beginPublishing(transfer, sha256).isPresent()) {
            part.delete();
            if (!equipment.outcomes().merged(transfer, sha256, source)) {
                throw new IOException(sha256 + " was found damaged just now");
            }
            return;
        }
        var file = publish(part, sha256, source);
        equipment.refetches().fetched(transfer.url.key());
        equipment.outcomes().published(transfer, file, source, resumed);
        LOG.log(Level.INFO, "Fetched {0} ({1} bytes, {2}) from {3}", name, file.size(), sha256, display);
    }

    private FileRecord publish(Part part, String sha256, FileRecord.Source source) throws IOException {
        var published = false;
        try {
            var now = source.checkedMillis();
            var file = new FileRecord(
                    sha256,
                    part.length(),
                    equipment.outcomes().newestOrder(),
                    now,
                    now,
                    0,
                    false,
                    Set.copyOf(EnumSet.of(kind)),
                    new FileRecord.Print(0, ""),
                    List.of(source),
                    List.of());
            var printed = equipment.blobs().publish(part, file);
            published = true;
            return printed;
        } finally {
            if (!published) {
                equipment.outcomes().publishingFailed(sha256);
            }
        }
    }

    private DownloadException wrong(Structure.Problem problem) {
        return new DownloadException.WrongContent(problem.reason(), display, display + ": " + problem.text());
    }
}
