/// Tests of the admin page in a real browser, before a real router with simulated nodes.
@NullMarked
package dev.comfyrouter.server.page;

import org.jspecify.annotations.NullMarked;
