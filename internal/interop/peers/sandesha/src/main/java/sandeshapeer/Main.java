package sandeshapeer;

import java.util.logging.Level;
import java.util.logging.Logger;

/** A WS-ReliableMessaging server and client on Apache Axis2 and Sandesha2. */
public final class Main {
    private static final Logger ROOT = Logger.getLogger("");

    private Main() {
    }

    public static void main(String[] args) throws Exception {
        if (args.length == 0 || args[0].equals("--help")) {
            System.out.println(Options.USAGE);
            return;
        }
        Options options;
        try {
            options = new Options(args);
        } catch (IllegalArgumentException e) {
            System.err.println("sandeshapeer: " + e.getMessage() + "; sandeshapeer --help lists everything");
            System.exit(2);
            return;
        }
        ROOT.setLevel(options.verbose ? Level.INFO : Level.OFF);
        if (options.scenario.equals("serve")) {
            Serve.run(options);
        }
        boolean ok = Run.scenario(options);
        System.out.flush();
        Runtime.getRuntime().halt(ok ? 0 : 1); // Sandesha2's threads have no end of their own
    }
}
