package dev.comfyrouter.client;

/// How a server makes previews while it samples.
public enum PreviewMethod {
    NONE("none"),
    /// The best one for which the server has the files.
    AUTO("auto"),
    LATENT2RGB("latent2rgb"),
    TAESD("taesd");

    private final String wireName;

    PreviewMethod(String wireName) {
        this.wireName = wireName;
    }

    String wireName() {
        return wireName;
    }
}
