package dev.comfyrouter.server.config;

import java.util.Locale;

/// One setting as it is declared: its name, its default as one would write it (empty: there is none), what it may be,
/// and what it means.
record Setting<T>(String name, String byDefault, Kind<T> kind, String meaning) {
    static final String PREFIX = "COMFY_ROUTER__";

    /// The environment variable: `COMFY_ROUTER__DOWNLOAD__CACHE_DIR`.
    String variable() {
        return PREFIX + name;
    }

    /// The YAML key: `download.cache_dir`.
    String key() {
        return key(name);
    }

    /// The name of the setting that holds the path of a file with this one's value. Only secrets have it.
    String fileName() {
        return name + "_FILE";
    }

    static String key(String name) {
        return name.toLowerCase(Locale.ROOT).replace("__", ".");
    }
}
