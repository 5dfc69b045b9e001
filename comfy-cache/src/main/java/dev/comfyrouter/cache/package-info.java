/// A bounded folder of downloads with leases and links.
@NullMarked
package dev.comfyrouter.cache;

import org.jspecify.annotations.NullMarked;
