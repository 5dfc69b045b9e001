/// Benchmarks of what the client keeps to itself.
@NullMarked
package dev.comfyrouter.client;

import org.jspecify.annotations.NullMarked;
