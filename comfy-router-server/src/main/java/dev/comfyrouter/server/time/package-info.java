/// Time as a part that is handed in: what it is, how one waits in it. Uses nothing and is used by everybody.
@NullMarked
package dev.comfyrouter.server.time;

import org.jspecify.annotations.NullMarked;
