/// Who runs where, and the life of a running task. May use everything but `http` and `config`.
@NullMarked
package dev.comfyrouter.server.schedule;

import org.jspecify.annotations.NullMarked;
