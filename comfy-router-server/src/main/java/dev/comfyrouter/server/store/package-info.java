/// Tasks on disk: one writer with group commit, and readers, over SQLite. May use `task` and the plain record
/// `NodeSpec`.
@NullMarked
package dev.comfyrouter.server.store;

import org.jspecify.annotations.NullMarked;
