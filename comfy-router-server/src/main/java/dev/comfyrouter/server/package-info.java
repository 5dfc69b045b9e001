/// The composition root: the only code that knows everybody.
@NullMarked
package dev.comfyrouter.server;

import org.jspecify.annotations.NullMarked;
