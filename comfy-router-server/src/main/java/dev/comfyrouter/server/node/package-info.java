/// ComfyUI servers: their state, their client, their event stream. May use the client, the catalog of nodes and task
/// ids.
@NullMarked
package dev.comfyrouter.server.node;

import org.jspecify.annotations.NullMarked;
