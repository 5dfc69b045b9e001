/// The HTTP door: translates requests into calls and facts into JSON, and decides nothing.
///
/// One service per resource, each with its view. May use config, workflows, task, the store's reads, snapshots of nodes
/// and results; knows neither the schedule nor who runs next.
@NullMarked
package dev.comfyrouter.server.http;

import org.jspecify.annotations.NullMarked;
