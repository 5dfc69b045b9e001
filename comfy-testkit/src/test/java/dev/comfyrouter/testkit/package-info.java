/// Tests of the fake server.
@NullMarked
package dev.comfyrouter.testkit;

import org.jspecify.annotations.NullMarked;
