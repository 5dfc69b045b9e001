package dev.comfyrouter.cache;

/// What to do with model files that can run code when they are loaded (`.pt .pt2 .pth .ckpt .bin .pkl`).
public enum PicklePolicy {
    /// They are fetched, and [Lease#pickle()] says so: the caller decides who may load them.
    MARK,
    /// They are refused with [DownloadException.Reason#UNSAFE_PICKLE].
    REFUSE
}
