package dev.comfyrouter.cache;

import java.io.IOException;
import java.io.InputStream;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.zip.GZIPInputStream;

/// One transfer at work, from its turn to its end: tries until the file is there or cannot be had. Runs on a
/// thread of its own.
final class Fetch implements Runnable {

    private static final Logger LOG = System.getLogger(Fetch.class.getName());

    private final Equipment equipment;
    private final Traffic traffic;
    private final Outcomes outcomes;
    private final Transfer transfer;
    private final Reservation reservation;
    private final Acceptance acceptance;
    private final String display;

    private Part part;
    private Optional<FileRecord> known;
    private Optional<String> announced = Optional.empty();
    private boolean resumed;
    private boolean triedClean;
    private long furthest;
    private int barren;

    Fetch(Equipment equipment, Transfer transfer) {
        this.equipment = equipment;
        this.transfer = transfer;
        traffic = equipment.traffic();
        outcomes = equipment.outcomes();
        reservation = new Reservation(transfer, equipment);
        acceptance = new Acceptance(transfer, equipment);
        display = transfer.url.display();
        known = transfer.known;
        part = emptyPart();
    }

    /// How a try ended that neither failed for good nor broke.
    private sealed interface Try {
        record Done() implements Try {}

        /// Ask again at once.
        record Again(String why) implements Try {}

        /// Ask again when there is space for this many bytes.
        record NeedsSpace(long bytes) implements Try {}
    }

    @Override
    public void run() {
        try {
            traffic.takePart(transfer).ifPresent(left -> part = left);
            furthest = part.length();
            resumed = part.length() > 0;
            transfer.has(part.length());
            work();
        } catch (Stopped | InterruptedException e) {
            outcomes.stopped(transfer, keptPart());
        } catch (DownloadException e) {
            failed(e);
        } catch (IOException e) {
            failed(diskFailure(e));
        } catch (RuntimeException | Error e) { // the thread ends here, and those who wait must hear of it
            LOG.log(Level.ERROR, "The download of " + display + " ended by a defect", e);
            failed(new DownloadException.CacheBroken(
                    DownloadException.Reason.INTERNAL, display, display + ": a defect of the cache: " + e));
        }
    }

    private void work() throws InterruptedException, IOException {
        while (true) {
            transfer.enter(Progress.Phase.QUEUED);
            traffic.takeTurn(transfer);
            try {
                switch (attemptInTurn()) {
                    case Try.Done() -> {
                        return;
                    }
                    case Try.Again(var why) -> countBarren(new Broken(why, Optional.empty(), false));
                    case Try.NeedsSpace(var bytes) -> awaitSpace(bytes);
                }
            } catch (Broken e) {
                traffic.failIfStopped(transfer);
                countBarren(e);
                transfer.enter(Progress.Phase.BACKOFF);
                transfer.had(String.valueOf(e.getMessage()));
                var delay = equipment.settings().backoff.delay(Math.max(1, barren), e.retryAfter);
                LOG.log(Level.DEBUG, "{0}: {1}; next try in {2}", display, e.getMessage(), delay);
                traffic.pause(transfer, delay);
            }
        }
    }

    private Try attemptInTurn() throws IOException, Broken, InterruptedException {
        try {
            return attempt();
        } finally {
            traffic.giveTurnBack();
        }
    }

    /// A try that did not get further than any before is barren; so many of them in a row are the end.
    private void countBarren(Broken why) {
        barren = part.length() > furthest ? 0 : barren + 1;
        furthest = Math.max(furthest, part.length());
        if (barren < equipment.settings().attempts) {
            return;
        }
        var text = display + ": " + why.getMessage() + ", " + barren + " times without progress";
        throw why.cutOff
                ? new DownloadException.WrongContent(DownloadException.Reason.SIZE_MISMATCH, display, text)
                : new DownloadException.Unreachable(display, why.retryAfter, text);
    }

    /// Waits without a connection and without a turn.
    private void awaitSpace(long bytes) throws InterruptedException, IOException {
        while (true) {
            switch (reservation.tryReserve(bytes)) {
                case GRANTED -> {
                    return;
                }
                case WAIT -> reservation.await();
                case GIVE_BACK -> {
                    dropPart();
                    return;
                }
            }
        }
    }

    private Try attempt() throws IOException, Broken, InterruptedException {
        if (part.length() > 0 && part.validators().ifRange().isEmpty()) {
            beginAnew();
        }
        if (part.length() > 0) {
            transfer.enter(Progress.Phase.HASH);
            part.hashWhatIsThere();
        }
        transfer.enter(Progress.Phase.RESOLVE);
        try (var answer = ask()) {
            traffic.failIfStopped(transfer);
            if (answer.status() == 304 && known.isPresent()) {
                return confirm(known.get(), false) ? new Try.Done() : new Try.Again("the known file has gone");
            }
            Statuses.check(
                    answer,
                    transfer.request.url(),
                    display,
                    furthest > 0,
                    equipment.settings().clock.instant());
            announced = AnnouncedHash.of(answer).or(() -> announced);
            return switch (Resume.decide(answer, part.length(), part.total(), part.validators())) {
                case Resume.Again(var why) -> {
                    beginAnew();
                    yield new Try.Again(why);
                }
                case Resume.Complete() -> finish(true);
                case Resume.Continue(var total) -> receive(answer, OptionalLong.of(total));
                case Resume.FromStart() -> {
                    if (part.length() > 0) {
                        beginAnew();
                    }
                    yield receive(answer, BodyLength.of(answer, display));
                }
            };
        }
    }

    private Answer ask() throws Broken {
        var headers = new LinkedHashMap<String, String>();
        if (part.length() > 0) {
            headers.put("Range", "bytes=" + part.length() + "-");
            headers.put("If-Range", part.validators().ifRange().orElseThrow());
        } else {
            known.flatMap(file -> file.source(transfer.url.key()))
                    .map(FileRecord.Source::validators)
                    .ifPresent(old -> {
                        old.etag().ifPresent(etag -> headers.put("If-None-Match", etag));
                        old.lastModified().ifPresent(modified -> headers.put("If-Modified-Since", modified));
                    });
        }
        try {
            return equipment.http().get(transfer.request.url(), transfer.request.headers(), headers, transfer.call);
        } catch (IOException e) {
            throw Broken.by(e);
        }
    }

    private Try receive(Answer answer, OptionalLong length) throws IOException, Broken, InterruptedException {
        var encoding = BodyLength.encoding(answer);
        if (encoding.isPresent() && answer.status() == 206) {
            beginAnew();
            return new Try.Again("a part of an encoded body");
        }
        var total = encoding.isPresent() ? OptionalLong.empty() : length;
        total = promised(total, answer.linkedSize());
        transfer.sized(total);
        if (total.isPresent() && total.getAsLong() == 0) {
            throw empty();
        }
        acceptance.checkType(answer);
        part.describe(
                encoding.isPresent() ? Validators.NONE : Validators.of(answer),
                total,
                acceptance.nameSoFar(part, answer));
        var wanted = total.isPresent() ? total.getAsLong() : reservation.enoughFor(part.length());
        if (reservation.granted() < wanted && reservation.tryReserve(wanted) != Reservation.Answer.GRANTED) {
            return new Try.NeedsSpace(wanted);
        }
        transfer.enter(Progress.Phase.DOWNLOAD);
        equipment.counters().resumedBytes.add(part.length());
        var body = decoded(answer.body(), encoding);
        var more = new Receiver(transfer, part, reservation, equipment)
                .receive(body, total, head -> acceptance.checkHead(part, head, answer));
        if (more.isPresent()) {
            return new Try.NeedsSpace(more.getAsLong());
        }
        return finish(total.isPresent() || BodyLength.isDelimited(answer, length));
    }

    /// The size by every source there is; they must agree.
    private OptionalLong promised(OptionalLong length, OptionalLong linked) {
        var total = length;
        for (var other : List.of(linked, transfer.request.size())) {
            if (other.isPresent() && total.isPresent() && other.getAsLong() != total.getAsLong()) {
                throw new DownloadException.WrongContent(
                        DownloadException.Reason.SIZE_MISMATCH,
                        display,
                        display + ": the server has " + total.getAsLong() + " bytes, expected were "
                                + other.getAsLong());
            }
            total = total.isPresent() ? total : other;
        }
        return total;
    }

    private InputStream decoded(InputStream body, Optional<String> encoding) throws Broken {
        if (encoding.isEmpty()) {
            return body;
        }
        if (!encoding.get().equals("gzip") && !encoding.get().equals("x-gzip")) {
            throw new DownloadException.WrongContent(
                    DownloadException.Reason.UNKNOWN_ENCODING,
                    display,
                    display + ": the server sends it encoded as '" + encoding.get() + "' although asked not to");
        }
        try {
            return new GZIPInputStream(body, 1 << 16);
        } catch (IOException e) {
            throw Broken.by(e);
        }
    }

    private Try finish(boolean endProved) throws IOException, InterruptedException {
        if (part.length() == 0) {
            throw empty();
        }
        transfer.enter(Progress.Phase.HASH);
        var sha256 = part.sha256();
        for (var wanted : List.of(transfer.request.sha256(), announced)) {
            if (wanted.isPresent() && !wanted.get().equals(sha256)) {
                return wrongHash(sha256, wanted.get());
            }
        }
        var hashed = transfer.request.sha256().or(() -> announced).isPresent();
        acceptance.accept(part, sha256, endProved || hashed, resumed);
        return new Try.Done();
    }

    private Try wrongHash(String sha256, String wanted) throws IOException {
        LOG.log(Level.WARNING, "{0} has the SHA-256 {1} instead of {2}", display, sha256, wanted);
        var bytes = part.length();
        equipment.counters().wastedBytes.add(bytes);
        equipment.blobs().quarantine(part);
        traffic.quarantined(transfer, bytes);
        part = emptyPart();
        reservation.giveBack();
        resumed = false;
        if (triedClean) {
            throw new DownloadException.WrongContent(
                    DownloadException.Reason.HASH_MISMATCH,
                    display,
                    display + ": its SHA-256 is " + sha256 + ", not " + wanted);
        }
        triedClean = true;
        announced = Optional.empty();
        furthest = 0;
        transfer.restarted();
        return new Try.Again("another hash than expected");
    }

    private boolean confirm(FileRecord file, boolean stale) throws IOException {
        var there = equipment.blobs().look(file) != Blobs.Health.DAMAGED && outcomes.confirmed(transfer, file, stale);
        known = Optional.empty();
        return there;
    }

    private void beginAnew() throws IOException {
        equipment.counters().wastedBytes.add(part.length());
        part.restart();
        resumed = false;
        transfer.restarted();
    }

    private void dropPart() throws IOException {
        beginAnew();
        part.delete();
        part = emptyPart();
        reservation.giveBack();
    }

    private Part emptyPart() {
        return Part.create(equipment.disk(), equipment.blobs().partial(), transfer.url.key(), equipment.bootId());
    }

    private void failed(DownloadException why) {
        try {
            if (why instanceof DownloadException.Unreachable && known.isPresent() && confirm(known.get(), true)) {
                LOG.log(Level.WARNING, "{0}; the cached file is used although it may be old", why.getMessage());
                part.delete();
                traffic.giveBack(transfer);
                return;
            }
        } catch (IOException e) {
            LOG.log(Level.WARNING, "The cached file of {0} cannot be looked at: {1}", display, e.toString());
        }
        LOG.log(Level.INFO, "Not fetched: {0}", why.getMessage());
        var left = Optional.<Part>empty();
        try {
            left = why instanceof DownloadException.WrongContent ? noPart() : keptPart();
        } finally {
            outcomes.failed(transfer, why, left);
        }
    }

    private Optional<Part> noPart() {
        try {
            equipment.counters().wastedBytes.add(part.length());
            part.delete();
        } catch (IOException e) {
            LOG.log(Level.WARNING, "{0} cannot be deleted: {1}", part.file(), e.toString());
        }
        return Optional.empty();
    }

    /// What has arrived, if a later transfer can go on from there.
    private Optional<Part> keptPart() {
        try {
            if (part.isFitToKeep()) {
                part.keep();
                return Optional.of(part);
            }
            part.delete();
        } catch (IOException e) {
            LOG.log(Level.WARNING, "{0} cannot be kept: {1}", part.file(), e.toString());
        }
        return Optional.empty();
    }

    private DownloadException diskFailure(IOException e) {
        if (DiskRoom.isFull(e)) {
            return new DownloadException.NoRoom(
                    DownloadException.Reason.DISK_FULL, display, display + ": the disk of the cache is full");
        }
        LOG.log(Level.ERROR, "The disk of the cache failed while " + display + " was fetched", e);
        return new DownloadException.CacheBroken(
                DownloadException.Reason.INTERNAL, display, display + ": the disk of the cache failed: " + e);
    }

    private DownloadException empty() {
        return new DownloadException.WrongContent(
                DownloadException.Reason.EMPTY, display, display + ": the server sent no bytes");
    }
}
