package dev.comfyrouter.server.http;

import io.helidon.http.Header;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/// The `Date` header in GMT, the only zone that HTTP allows.
///
/// Helidon would write it in the zone of the JVM, which belongs to the program that embeds the router.
final class HttpDate {
    private static final DateTimeFormatter FORMAT = DateTimeFormatter.ofPattern(
                    "EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.ROOT)
            .withZone(ZoneOffset.UTC);

    private HttpDate() {}

    static Header of(InstantSource clock) {
        return HeaderValues.create(HeaderNames.DATE, FORMAT.format(clock.instant()));
    }
}
