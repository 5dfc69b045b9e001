/// A blocking client of one ComfyUI server.
@NullMarked
package dev.comfyrouter.client;

import org.jspecify.annotations.NullMarked;
