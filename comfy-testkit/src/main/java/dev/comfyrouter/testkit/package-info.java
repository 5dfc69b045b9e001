/// An in-process ComfyUI for tests and demonstrations.
@NullMarked
package dev.comfyrouter.testkit;

import org.jspecify.annotations.NullMarked;
