/// Benchmarks of what the scheduling keeps to itself.
@NullMarked
package dev.comfyrouter.server.schedule;

import org.jspecify.annotations.NullMarked;
