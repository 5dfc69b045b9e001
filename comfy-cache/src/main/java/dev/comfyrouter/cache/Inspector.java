package dev.comfyrouter.cache;

import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.util.ArrayList;
import java.util.Optional;

/// Looks at blobs before they are given out: a file that somebody has touched behind our back is hashed, one
/// that is damaged is put aside and fetched again.
final class Inspector {

    private final Ledger ledger;
    private final Equipment equipment;

    Inspector(Ledger ledger, Equipment equipment) {
        this.ledger = ledger;
        this.equipment = equipment;
    }

    /// The name that a slot's file goes by.
    static String name(Acquisition.Slot slot, FileRecord file) {
        var recorded = file.source(slot.url.key()).map(FileRecord.Source::name).orElseGet(file::name);
        return slot.request.name().isEmpty()
                ? recorded
                : FileNames.choose(
                        slot.request.kind(), slot.request.name(), Optional.of(recorded), slot.request.url(), "");
    }

    /// Looks at the file that a slot has claimed. Afterwards the slot is inspected, has failed, or has no file
    /// any more.
    void inspect(Acquisition.Slot slot) {
        var claimed = ledger.claimed(slot);
        if (claimed.isEmpty()) {
            return;
        }
        var file = claimed.get().file();
        try {
            if (isSound(claimed.get(), false)) {
                var problem = problem(slot, file);
                if (problem.isPresent()) {
                    ledger.fail(slot, problem.get());
                } else {
                    ledger.inspected(slot, equipment.blobs().print(file.sha256()));
                }
            }
        } catch (ClosedByInterruptException e) {
            // nothing was found out; the acquisition sees the interrupt next
        } catch (IOException e) {
            ledger.fail(
                    slot,
                    new DownloadException.CacheBroken(
                            DownloadException.Reason.INTERNAL,
                            slot.url.display(),
                            slot.url.display() + ": the cached file cannot be read: " + e));
        }
    }

    private Optional<DownloadException> problem(Acquisition.Slot slot, FileRecord file) throws IOException {
        var kind = slot.request.kind();
        var name = name(slot, file);
        var display = slot.url.display();
        if (kind == FileKind.MODEL && FileNames.isPickle(name) && equipment.settings().pickle == PicklePolicy.REFUSE) {
            return Optional.of(wrong(Structure.unsafePickle(name), display));
        }
        if (file.checked().contains(kind)) {
            return Optional.empty();
        }
        return Structure.check(kind, name, equipment.blobs().path(file.sha256()))
                .map(problem -> wrong(problem, display));
    }

    private static DownloadException wrong(Structure.Problem problem, String display) {
        return new DownloadException.WrongContent(problem.reason(), display, display + ": " + problem.text());
    }

    /// Whether a blob is what its name says; if not it is quarantined.
    private boolean isSound(Ledger.Held held, boolean deep) throws IOException {
        var health = equipment.blobs().look(held.file());
        var why = "its size is not what it was, or it is gone";
        if (health == Blobs.Health.INTACT && !deep) {
            return true;
        }
        if (health != Blobs.Health.DAMAGED) {
            if (equipment.blobs().hasItsHash(held.file())) {
                return true;
            }
            why = "its bytes are not what they were";
        }
        if (ledger.condemn(held.entry())) {
            equipment.evictor().quarantine(held.entry(), why);
        }
        return false;
    }

    VerifyReport verify(Shelf shelf, boolean deep) throws InterruptedException {
        var damaged = new ArrayList<String>();
        var all = shelf.held();
        for (var held : all) {
            if (Thread.interrupted()) {
                throw new InterruptedException();
            }
            try {
                if (!isSound(held, deep)) {
                    damaged.add(held.file().sha256());
                }
            } catch (IOException e) {
                throw new CacheUnusable("The file " + held.file().sha256() + " cannot be read: " + e.getMessage(), e);
            }
        }
        return new VerifyReport(all.size(), damaged);
    }
}
