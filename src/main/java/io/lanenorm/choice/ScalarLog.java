package io.lanenorm.choice;

import java.lang.System.Logger.Level;

/** The one thing that the library ever logs. */
final class ScalarLog {
    private ScalarLog() {}

    /** Says why the vector kernels are not in use and what to pass to get them. */
    static void log(String reason) {
        System.getLogger("io.lanenorm")
                .log(Level.WARNING, "LaneNorm runs its scalar kernels (same results, slower): " + reason);
    }
}
