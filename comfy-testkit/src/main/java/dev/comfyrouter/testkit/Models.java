package dev.comfyrouter.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.System.Logger.Level;
import java.nio.file.FileVisitOption;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;

/// The model files of a node: declared ones, and those of a real `models/` directory, looked up again each
/// time.
final class Models {

    /// @param pathIndex which of the folder's roots it lies in
    record ModelFile(String name, int pathIndex, long size, double modified) {}

    private static final System.Logger LOG = System.getLogger(Models.class.getName());
    private static final Set<String> EXTENSIONS =
            Set.of(".bin", ".ckpt", ".pkl", ".pt", ".pt2", ".pth", ".safetensors", ".sft");
    private static final int MAX_DEPTH = 16;

    // In ComfyUI's order; the directories below `models/` that a folder reads, the first one wins.
    private static final Map<String, List<String>> FOLDERS = new LinkedHashMap<>();
    private static final Set<String> NEWER_FOLDERS = Set.of(
            "latent_upscale_models",
            "datasets",
            "background_removal",
            "frame_interpolation",
            "geometry_estimation",
            "optical_flow",
            "detection");

    static {
        for (String folder : List.of(
                "checkpoints",
                "configs",
                "loras",
                "vae",
                "text_encoders",
                "diffusion_models",
                "clip_vision",
                "style_models",
                "embeddings",
                "diffusers",
                "vae_approx",
                "controlnet",
                "gligen",
                "upscale_models",
                "latent_upscale_models",
                "custom_nodes",
                "datasets",
                "hypernetworks",
                "photomaker",
                "classifiers",
                "model_patches",
                "audio_encoders",
                "background_removal",
                "frame_interpolation",
                "geometry_estimation",
                "optical_flow",
                "detection")) {
            FOLDERS.put(folder, List.of(folder));
        }
        FOLDERS.put("text_encoders", List.of("text_encoders", "clip"));
        FOLDERS.put("diffusion_models", List.of("unet", "diffusion_models"));
        FOLDERS.put("controlnet", List.of("controlnet", "t2i_adapter"));
    }

    private final Map<String, Map<String, Long>> declared;
    private final Optional<Path> directory;

    /// @param declared by folder: file names and sizes in bytes
    /// @param directory a real `models/` directory
    Models(Map<String, Map<String, Long>> declared, Optional<Path> directory) {
        this.declared = declared;
        this.directory = directory;
    }

    static List<String> folders(Release release) {
        return FOLDERS.keySet().stream()
                .filter(folder -> release.encodesCombosAnew() || !NEWER_FOLDERS.contains(folder))
                .toList();
    }

    /// Relative names, sorted; links whose target is missing are listed too.
    List<String> names(String folder) {
        Set<String> names =
                new TreeSet<>(declared.getOrDefault(folder, Map.of()).keySet());
        for (Path root : roots(folder)) {
            for (Path file : filesIn(root)) {
                names.add(relative(root, file));
            }
        }
        return List.copyOf(names);
    }

    /// What `/experiment/models/{folder}` shows; unlike in [#names], broken links are missing.
    List<ModelFile> files(String folder) {
        List<ModelFile> files = new ArrayList<>();
        new TreeMap<>(declared.getOrDefault(folder, Map.of()))
                .forEach((name, size) -> files.add(new ModelFile(name, 0, size, 1_700_000_000)));
        List<Path> roots = roots(folder);
        for (int index = 0; index < roots.size(); index++) {
            for (Path file : filesIn(roots.get(index))) {
                try {
                    files.add(new ModelFile(
                            relative(roots.get(index), file),
                            index,
                            Files.size(file),
                            Files.getLastModifiedTime(file).toMillis() / 1000.0));
                } catch (IOException broken) {
                    // ComfyUI logs and skips what it cannot stat.
                    LOG.log(Level.DEBUG, "no size of " + file, broken);
                }
            }
        }
        return files;
    }

    /// Whether the file can be read; a broken link is listed and then fails here.
    boolean isReadable(String folder, String name) {
        return declared.getOrDefault(folder, Map.of()).containsKey(name)
                || roots(folder).stream().anyMatch(root -> Files.isRegularFile(root.resolve(name)));
    }

    static List<String> extensions() {
        return EXTENSIONS.stream().sorted().toList();
    }

    /// The directories of a folder, as `/experiment/models` names them.
    List<String> rootNames(String folder) {
        String base = directory.map(Path::toString).orElse("models");
        return FOLDERS.getOrDefault(folder, List.of(folder)).stream()
                .map(name -> base + "/" + name)
                .toList();
    }

    private List<Path> roots(String folder) {
        if (directory.isEmpty()) {
            return List.of();
        }
        return FOLDERS.getOrDefault(folder, List.of(folder)).stream()
                .map(directory.get()::resolve)
                .toList();
    }

    private static List<Path> filesIn(Path root) {
        if (!Files.isDirectory(root)) {
            return List.of();
        }
        try (Stream<Path> files = Files.walk(root, MAX_DEPTH, FileVisitOption.FOLLOW_LINKS)) {
            return files.filter(file -> !Files.isDirectory(file))
                    .filter(file -> hasModelExtension(file.getFileName().toString()))
                    .sorted(Comparator.comparing(Path::toString))
                    .toList();
        } catch (UncheckedIOException | IOException vanished) {
            // A file or directory went away during the walk; the next request looks again.
            return List.of();
        }
    }

    private static boolean hasModelExtension(String name) {
        int dot = name.lastIndexOf('.');
        return dot >= 0 && EXTENSIONS.contains(name.substring(dot).toLowerCase(Locale.ROOT));
    }

    private static String relative(Path root, Path file) {
        return root.relativize(file).toString();
    }
}
