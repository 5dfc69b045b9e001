/// A blocking client of one ComfyUI server (0.3.57 or newer), useful on its own to somebody with one GPU: start at
/// [dev.comfyrouter.client.ComfyClient].
///
/// It knows graphs and node catalogs of `dev.comfyrouter.workflows` and nothing else of this project. Jackson and Tyrus
/// are hidden inside: neither appears in a public signature.
@NullMarked
package dev.comfyrouter.client;

import org.jspecify.annotations.NullMarked;
