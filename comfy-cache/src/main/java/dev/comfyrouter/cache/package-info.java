/// A bounded folder of downloads: files named by URL are fetched once, verified, kept while somebody holds a
/// lease, evicted when space is needed in the order of their last use, and made visible to ComfyUI by symbolic
/// links.
///
/// Start at [FileCache]. The package uses the JDK, Apache HttpClient 5 and Jackson, nothing else of Comfy
/// Router.
///
/// Do not turn on the `DEBUG` level of `org.apache.hc.client5.http.headers` and `.wire` in production: Apache
/// HttpClient prints request headers there, tokens included. Nothing that this package logs itself holds a
/// secret.
@NullMarked
package dev.comfyrouter.cache;

import org.jspecify.annotations.NullMarked;
