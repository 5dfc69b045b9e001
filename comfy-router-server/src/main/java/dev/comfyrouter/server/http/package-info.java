/// The HTTP door: one service per resource. Translates, decides nothing.
@NullMarked
package dev.comfyrouter.server.http;

import org.jspecify.annotations.NullMarked;
