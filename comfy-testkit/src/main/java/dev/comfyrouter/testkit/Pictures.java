package dev.comfyrouter.testkit;

/// What the pictures of a [FakeComfyServer] look like.
public enum Pictures {
    /// One constant pixel, whatever was asked for: the cheapest, for load tests.
    TINY,
    /// The right size in one colour, with the prompt in the file's metadata: cheap enough for any test.
    PLAIN,
    /// The right size, with the prompt's text, size and seed on a coloured ground: for people who look.
    PAINTED
}
