package kit;

import org.junit.jupiter.api.Assumptions;

/** Others use this machine too: what they did to its memory meanwhile spoilt the test. */
public final class Disturbed extends Exception {
    private static final long serialVersionUID = 1;

    public Disturbed(String reason) {
        super(reason);
    }

    /** Tries a scenario until nothing disturbs it; skips the test if that does not happen. */
    public static void retry(int attempts, int pauseMillis, Host.Action scenario) throws Exception {
        for (int attempt = 1; ; attempt++) {
            try {
                scenario.run();
                return;
            } catch (Disturbed e) {
                Tests.say("once more, %s", e.getMessage());
                if (attempt == attempts) {
                    Assumptions.abort("no verdict, disturbed each time: " + e.getMessage());
                }
                Thread.sleep(pauseMillis);
            }
        }
    }
}
