package dev.comfyrouter.server.schedule;

import java.util.Random;

/// What goes wrong with one request: before the server has obeyed, or after.
enum SimulatedFault {
    NONE,
    RESET_BEFORE,
    RESET_AFTER,
    HANG_BEFORE,
    HANG_AFTER,
    ERROR_BEFORE,
    ERROR_AFTER,
    /// The connection breaks, and the request arrives nevertheless, seconds later.
    LATE,
    /// The router's own code breaks over it.
    BREAKS;

    /// @param rate how often a prompt's submission goes wrong, from 0 to 1; other requests do so less often
    static SimulatedFault draw(Random random, double rate, boolean submits) {
        if (random.nextDouble() >= (submits ? rate : rate / 4)) {
            return NONE;
        }
        SimulatedFault fault = values()[1 + random.nextInt(values().length - 1)];
        return fault == LATE && !submits ? RESET_BEFORE : fault;
    }
}
