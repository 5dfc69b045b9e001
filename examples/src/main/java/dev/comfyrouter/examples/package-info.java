/// One runnable program for each story; each says at its head what one learns from it.
///
/// They are made to be read and copied: every file stands on its own.
@NullMarked
package dev.comfyrouter.examples;

import org.jspecify.annotations.NullMarked;
