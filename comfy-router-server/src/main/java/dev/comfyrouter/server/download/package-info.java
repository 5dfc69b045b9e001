/// Makes the files of a task present before a node is taken.
@NullMarked
package dev.comfyrouter.server.download;

import org.jspecify.annotations.NullMarked;
