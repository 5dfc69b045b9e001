/// ComfyUI workflows: typed recipes, a typed graph, and the catalog of a server's nodes. Uses Jackson only.
@NullMarked
package dev.comfyrouter.workflows;

import org.jspecify.annotations.NullMarked;
