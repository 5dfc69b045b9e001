/// Measures the router from outside: a process of the distribution, light nodes, and callers.
@NullMarked
package dev.comfyrouter.benchmarks;

import org.jspecify.annotations.NullMarked;
