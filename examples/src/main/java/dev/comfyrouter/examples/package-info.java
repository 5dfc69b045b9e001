/// One runnable main per story.
@NullMarked
package dev.comfyrouter.examples;

import org.jspecify.annotations.NullMarked;
