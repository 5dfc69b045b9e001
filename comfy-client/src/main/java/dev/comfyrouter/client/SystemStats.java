package dev.comfyrouter.client;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/// What a server tells about its machine.
///
/// @param version ComfyUI's version; empty if it has none or one that is not numbers
/// @param os `posix`, `linux`, `nt`, `win32`, …: the spelling depends on ComfyUI's version
/// @param pythonVersion Python's version text
/// @param pytorchVersion PyTorch's version text
/// @param ramTotal bytes of main memory
/// @param ramFree bytes of main memory not in use
/// @param argv the command line the server was started with
/// @param devices where it computes, the primary one first; before 0.23.0 only the primary one
public record SystemStats(
        Optional<Version> version,
        String os,
        String pythonVersion,
        String pytorchVersion,
        long ramTotal,
        long ramFree,
        List<String> argv,
        List<Device> devices) {
    public SystemStats {
        argv = List.copyOf(argv);
        devices = List.copyOf(devices);
    }

    /// Something that computes. For the device `cpu` the memory is the machine's.
    ///
    /// @param name its name, such as `cuda:0 NVIDIA GeForce RTX 4090 : cudaMallocAsync`
    /// @param type `cuda`, `cpu`, `mps`, …
    /// @param index its number; empty for the CPU
    /// @param vramTotal bytes of its memory
    /// @param vramFree bytes not in use
    /// @param torchVramTotal bytes that PyTorch holds
    /// @param torchVramFree bytes that PyTorch holds and does not use
    public record Device(
            String name,
            String type,
            OptionalInt index,
            long vramTotal,
            long vramFree,
            long torchVramTotal,
            long torchVramFree) {}

    /// The version, if this library talks to it.
    ///
    /// @throws ComfyException.Unsupported if it is older than [Version#OLDEST_SUPPORTED] or unknown
    public Version requireSupported() {
        if (version.filter(Version::isSupported).isPresent()) {
            return version.get();
        }
        throw new ComfyException.Unsupported("ComfyUI "
                + version.map(Version::toString).orElse("of unknown version") + " is too old: "
                + Version.OLDEST_SUPPORTED + " or newer is needed (older ones choose their own prompt ids, or interrupt"
                + " whatever runs instead of one prompt). Update ComfyUI on this machine.");
    }
}
