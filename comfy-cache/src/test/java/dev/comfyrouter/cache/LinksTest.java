package dev.comfyrouter.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What others have in the models directory is never touched.
class LinksTest {

    private Bench bench;
    private Path checkpoints;
    private Path temporary;

    @BeforeEach
    void start(@TempDir Path temporaryDirectory) {
        temporary = temporaryDirectory;
        bench = new Bench(temporary);
        checkpoints = bench.models.resolve("checkpoints");
        bench.server.serve("/a", Bench.bytes(1, 1000)).serve("/b", Bench.bytes(2, 1000));
    }

    @AfterEach
    void stop() {
        bench.close();
    }

    private static void isRefused(LinkException.Reason reason, Lease lease, Path directory, String name) {
        assertThatThrownBy(() -> lease.link(directory, name))
                .isInstanceOfSatisfying(
                        LinkException.class, why -> assertThat(why.reason()).isEqualTo(reason));
    }

    private Path blob(String sha256) {
        return bench.directory.resolve("blobs").resolve(sha256);
    }

    @Test
    void aLinkIsMadeOnceHoweverOftenItIsAskedFor() throws Exception {
        try (var cache = bench.open();
                var lease = bench.get(cache, "/a")) {
            var link = lease.link(checkpoints, "x.bin");
            assertThat(lease.link(checkpoints, "x.bin")).isEqualTo(link);
            assertThat(Files.readSymbolicLink(link)).isEqualTo(blob(lease.sha256()));
            assertThat(cache.list().getFirst().links()).containsExactly(link);
        }
    }

    @Test
    void theTextOfALinkIsThePathThatTheNodesSee() throws Exception {
        try (var cache = FileCache.open(
                        bench.settings().directoryOnNodes("/mnt/router-cache").build());
                var lease = bench.get(cache, "/a")) {
            var link = lease.link(checkpoints, "x.bin");
            assertThat(Files.readSymbolicLink(link)).isEqualTo(Path.of("/mnt/router-cache/blobs/" + lease.sha256()));
            lease.close();
            cache.remove(lease.sha256());
            assertThat(Files.exists(link, LinkOption.NOFOLLOW_LINKS)).isFalse();
        }
    }

    @Test
    void whatOthersHaveThereStays() throws Exception {
        var file = Files.writeString(checkpoints.resolve("file.bin"), "theirs");
        var directory = Files.createDirectory(checkpoints.resolve("directory.bin"));
        var link = Files.createSymbolicLink(checkpoints.resolve("link.bin"), file);
        var dangling = Files.createSymbolicLink(checkpoints.resolve("dangling.bin"), Path.of("/nowhere"));
        var hardToTell = Files.createSymbolicLink(
                checkpoints.resolve("hard.bin"), Path.of(bench.directory + "/blobs/../blobs/" + "a".repeat(64)));
        try (var cache = bench.open();
                var lease = bench.get(cache, "/a")) {
            for (var theirs : new Path[] {file, directory, link, dangling, hardToTell}) {
                isRefused(LinkException.Reason.NAME_TAKEN, lease, checkpoints, String.valueOf(theirs.getFileName()));
            }
            isRefused(LinkException.Reason.NAME_TAKEN, lease, checkpoints, "FILE.bin");
            lease.close();
            cache.remove(lease.sha256());
        }
        assertThat(file).hasContent("theirs");
        assertThat(Files.readSymbolicLink(dangling)).isEqualTo(Path.of("/nowhere"));
        assertThat(Files.isSymbolicLink(hardToTell)).isTrue();
        bench.open().close();
        assertThat(Files.isSymbolicLink(dangling)).isTrue();
        assertThat(Files.isSymbolicLink(hardToTell)).isTrue();
    }

    @Test
    void aLinkIsNeverPointedAtAnotherBlob() throws Exception {
        try (var cache = bench.open();
                var one = bench.get(cache, "/a");
                var two = bench.get(cache, "/b")) {
            var link = one.link(checkpoints, "x.bin");
            isRefused(LinkException.Reason.NAME_TAKEN, two, checkpoints, "x.bin");
            assertThat(Files.readSymbolicLink(link)).isEqualTo(blob(one.sha256()));
        }
    }

    @Test
    void aLinkOfOursThatLeadsNowhereIsRepaired() throws Exception {
        try (var cache = bench.open();
                var lease = bench.get(cache, "/a")) {
            var link = Files.createSymbolicLink(checkpoints.resolve("x.bin"), blob("a".repeat(64)));
            assertThat(lease.link(checkpoints, "x.bin")).isEqualTo(link);
            assertThat(Files.readSymbolicLink(link)).isEqualTo(blob(lease.sha256()));
        }
    }

    @Test
    void aLinkThatSomebodyReplacedIsLeftAloneOnEviction() throws Exception {
        try (var cache = bench.open()) {
            var lease = bench.get(cache, "/a");
            var link = lease.link(checkpoints, "x.bin");
            Files.delete(link);
            Files.writeString(link, "theirs now");
            lease.close();
            assertThat(cache.remove(lease.sha256())).isInstanceOf(Removal.Removed.class);
            assertThat(link).hasContent("theirs now");
        }
    }

    @Test
    void onlyDirectoriesBelowTheRootsAreLinkedInto() throws Exception {
        var outside = Files.createDirectory(temporary.resolve("outside"));
        var inside = Files.createSymbolicLink(bench.models.resolve("loras"), outside);
        try (var cache = bench.open();
                var lease = bench.get(cache, "/a")) {
            isRefused(LinkException.Reason.OUTSIDE, lease, outside, "x.bin");
            isRefused(LinkException.Reason.OUTSIDE, lease, checkpoints.resolve("../../.."), "x.bin");
            isRefused(LinkException.Reason.OUTSIDE, lease, inside, "x.bin");
            isRefused(LinkException.Reason.UNWRITABLE, lease, bench.models.resolve("missing"), "x.bin");
            isRefused(LinkException.Reason.BAD_NAME, lease, checkpoints, "../x.bin");
            isRefused(LinkException.Reason.BAD_NAME, lease, checkpoints, "sub/x.bin");
            assertThat(outside).isEmptyDirectory();
        }
    }

    /// Somebody swaps the directory for a link to another place and back, all the time. Whatever happens, a
    /// link that was reported as made is inside, and what lies outside is neither changed nor removed.
    @Test
    void aDirectoryThatIsSwappedForALinkIsNotFollowed() throws Exception {
        var outside = Files.createDirectory(temporary.resolve("outside"));
        var theirs = Files.writeString(outside.resolve("theirs.bin"), "theirs");
        var contested = Files.createDirectory(bench.models.resolve("contested"));
        var aside = bench.models.resolve("aside");
        var stop = new AtomicBoolean();
        var racer = Thread.ofPlatform().start(() -> {
            while (!stop.get()) {
                try {
                    Files.move(contested, aside, StandardCopyOption.ATOMIC_MOVE);
                    Files.createSymbolicLink(contested, outside);
                    Files.delete(contested);
                    Files.move(aside, contested, StandardCopyOption.ATOMIC_MOVE);
                } catch (IOException e) {
                    throw new AssertionError(e);
                }
            }
        });
        try (var cache = bench.open();
                var lease = bench.get(cache, "/a")) {
            for (var round = 0; round < 400; round++) {
                var name = "x" + round + ".bin";
                try {
                    lease.link(contested, name);
                    assertThat(Files.exists(outside.resolve(name), LinkOption.NOFOLLOW_LINKS))
                            .isFalse();
                } catch (LinkException e) {
                    assertThat(e.reason()).isIn(LinkException.Reason.OUTSIDE, LinkException.Reason.UNWRITABLE);
                }
            }
            isRefused(LinkException.Reason.OUTSIDE, lease, outside, "theirs.bin");
        } finally {
            stop.set(true);
            racer.join();
        }
        assertThat(theirs).hasContent("theirs");
    }

    @Test
    void openingRemovesLinksOfOursThatLeadNowhereAndNothingElse() throws Exception {
        var deep = Files.createDirectories(bench.models.resolve("loras").resolve("style"));
        var ours = Files.createSymbolicLink(deep.resolve("ours.bin"), blob("a".repeat(64)));
        var foreign =
                Files.createSymbolicLink(deep.resolve("foreign.bin"), Path.of("/nowhere/blobs/" + "a".repeat(64)));
        var odd = Files.createSymbolicLink(
                deep.resolve("odd.bin"), bench.directory.resolve("blobs").resolve("short"));
        var file = Files.writeString(deep.resolve("file.bin"), "");
        var loop = Files.createSymbolicLink(deep.resolve("loop"), bench.models);
        bench.open().close();
        assertThat(Files.exists(ours, LinkOption.NOFOLLOW_LINKS)).isFalse();
        for (var stays : new Path[] {foreign, odd, file, loop}) {
            assertThat(Files.exists(stays, LinkOption.NOFOLLOW_LINKS)).isTrue();
        }
    }

    @Test
    void linksAreKnownAgainWhenTheRecordIsLost() throws Exception {
        Path link;
        String sha256;
        try (var cache = bench.open();
                var lease = bench.get(cache, "/a")) {
            link = lease.link(checkpoints, "x.bin");
            sha256 = lease.sha256();
        }
        Files.delete(bench.record());
        Files.deleteIfExists(bench.record().resolveSibling("record.json.log"));
        try (var cache = bench.open()) {
            assertThat(cache.list().getFirst().links()).containsExactly(link);
            cache.remove(sha256);
        }
        assertThat(Files.exists(link, LinkOption.NOFOLLOW_LINKS)).isFalse();
    }

    @Test
    void theDirectoryChangesItsTimeSoThatComfyUiLooksAgain() throws Exception {
        try (var cache = bench.open();
                var lease = bench.get(cache, "/a")) {
            Files.setLastModifiedTime(checkpoints, FileTime.fromMillis(1000));
            lease.link(checkpoints);
            assertThat(Files.getLastModifiedTime(checkpoints).toMillis()).isGreaterThan(1000);
            Files.setLastModifiedTime(checkpoints, FileTime.fromMillis(1000));
            lease.close();
            cache.remove(lease.sha256());
            assertThat(Files.getLastModifiedTime(checkpoints).toMillis()).isGreaterThan(1000);
        }
    }

    /// What ComfyUI does all the time: list the directory and follow each link.
    @Test
    void noListingEverShowsALinkThatLeadsNowhere() throws Exception {
        for (var i = 0; i < 40; i++) {
            bench.server.serve("/" + i, Bench.bytes(100 + i, 8000));
        }
        var stop = new AtomicBoolean();
        var broken = new java.util.concurrent.atomic.AtomicInteger();
        var lister = Thread.ofPlatform().start(() -> {
            while (!stop.get()) {
                try (var all = Files.newDirectoryStream(checkpoints)) {
                    for (var link : all) {
                        var there = Files.exists(link, LinkOption.NOFOLLOW_LINKS);
                        if (there && !Files.exists(link) && Files.exists(link, LinkOption.NOFOLLOW_LINKS)) {
                            broken.incrementAndGet();
                        }
                    }
                } catch (NoSuchFileException | FileAlreadyExistsException e) {
                    throw new AssertionError(e);
                } catch (IOException e) {
                    throw new AssertionError(e);
                }
            }
        });
        try (var cache = FileCache.open(bench.settings().maxBytes(5 * 8192).build())) {
            for (var i = 0; i < 120; i++) {
                try (var lease = bench.get(cache, "/" + i % 40)) {
                    lease.link(checkpoints, "m" + i % 40 + "-" + lease.sha256().substring(0, 8) + ".bin");
                }
            }
            assertThat(cache.stats().evictions()).isGreaterThan(80);
        } finally {
            stop.set(true);
            lister.join();
        }
        assertThat(broken).hasValue(0);
        assertThat(checkpoints.toFile().list()).hasSize(5);
    }

    @Test
    void aClosedLeaseMakesNoLinks() throws Exception {
        try (var cache = bench.open()) {
            var lease = bench.get(cache, "/a");
            lease.close();
            assertThatThrownBy(() -> lease.link(checkpoints)).isInstanceOf(IllegalStateException.class);
        }
    }
}
