package dev.comfyrouter.server;

import dev.comfyrouter.server.config.RouterConfig;
import java.io.OutputStream;
import java.util.List;
import java.util.logging.Formatter;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogManager;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.StreamHandler;

/// The set-up of the log: one handler for everything, our own lines from the configured level on, those of libraries
/// from `WARNING` on.
final class Logging {
    private static final String OURS = "dev.comfyrouter";

    // java.util.logging forgets the level of a logger that nobody holds.
    private static final List<Logger> HELD = List.of(Logger.getLogger(""), Logger.getLogger(OURS));

    private Logging() {}

    /// Replaces whatever was set up before.
    static void install(RouterConfig.Log config) {
        install(config, System.err);
    }

    static void install(RouterConfig.Log config, OutputStream out) {
        LogManager.getLogManager().reset();
        Formatter formatter = switch (config.format()) {
            case TEXT -> new TextLog();
            case JSON -> new JsonLog();
        };
        Handler handler = new Flushed(out, formatter);
        handler.setLevel(Level.ALL);
        HELD.getFirst().addHandler(handler);
        HELD.getFirst().setLevel(Level.WARNING);
        HELD.getLast()
                .setLevel(
                        switch (config.level()) {
                            case ERROR -> Level.SEVERE;
                            case WARNING -> Level.WARNING;
                            case INFO -> Level.INFO;
                            case DEBUG -> Level.FINE;
                            case TRACE -> Level.FINER;
                        });
    }

    /// Writes each record at once: what was logged before a crash is what one wants to read after it.
    private static final class Flushed extends StreamHandler {
        Flushed(OutputStream out, Formatter formatter) {
            super(out, formatter);
        }

        @Override
        public void publish(LogRecord record) {
            super.publish(record);
            flush();
        }

        /// Ours is the process's error stream, which others use too.
        @Override
        public void close() {
            flush();
        }
    }
}
