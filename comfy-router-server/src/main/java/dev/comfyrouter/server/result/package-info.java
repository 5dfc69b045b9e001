/// Output files of tasks: one directory per task, kept until the task is dropped.
@NullMarked
package dev.comfyrouter.server.result;

import org.jspecify.annotations.NullMarked;
