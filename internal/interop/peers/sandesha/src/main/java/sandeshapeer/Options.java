package sandeshapeer;

import java.util.Set;
import peer.Picks;

/** The command line. */
final class Options {
    static final String USAGE = """
        usage: sandeshapeer serve --port N [options]
               sandeshapeer SCENARIO --url URL [options]

        scenarios
          echo   COUNT request-replies of SIZE characters, each checked
          next   COUNT calls of next: must answer 1, 2, ... COUNT
          ping   COUNT one-way messages of SIZE characters
          fail   COUNT calls that must come back as a SOAP fault

        options of both: Sandesha2's policy, as it is installed unless set
          --unordered                  InvokeInOrder false
          --ack-interval MS            AcknowledgementInterval (3000)
          --retransmission MS          RetransmissionInterval (6000)
          --max-retransmissions N      MaximumRetransmissionCount (10)
          --inactivity S               InactivityTimeout (60)
          --no-make-connection         MakeConnection/Enabled false
          --no-anonymous-uri           MakeConnection/UseRMAnonURI false
          --verbose                    the log on stderr

        options of serve
          --port N                     0: any
          --enforce                    EnforceRM true

        options of a scenario
          --url URL --rm 11|10 --soap 11|12
          --count N --size N --concurrency N
          --decoupled PORT             ReplyTo and AcksTo are addresses at this port; 0: any
          --no-offer                   CreateSequence without Offer
          --anonymous-offer            OfferedEndpoint is the anonymous address: without MakeConnection, 1.1 needs it for calls
          --last                       mark the last message, instead of ending the sequence after it
          --drop-requests 3,create --drop-responses 3 --duplicate-requests 3     by a relay in this program
          --timeout S                  for everything (60)

        What to drop or repeat: a number is an application message (resends count), a word a protocol message: create,
        close, terminate, ack, other; create2 is the second of its kind.""";
    private static final Set<String> SCENARIOS = Set.of("serve", "echo", "next", "ping", "fail");

    final String scenario;
    final Settings settings = new Settings();
    String url = "";
    String version = "11";
    boolean soap12 = true;
    int port = -1;
    int count = 1;
    int size = 16;
    int concurrency = 1;
    int decoupled = -1;
    long timeout = 60;
    boolean offer = true;
    boolean anonymousOffer;
    boolean last;
    boolean verbose;
    Picks dropRequests = new Picks("");
    Picks dropResponses = new Picks("");
    Picks duplicateRequests = new Picks("");

    Options(String[] args) {
        scenario = args[0];
        if (!SCENARIOS.contains(scenario)) {
            throw new IllegalArgumentException("no scenario " + scenario);
        }
        boolean serve = scenario.equals("serve");
        for (int i = 1; i < args.length; i++) {
            if (!args[i].startsWith("--")) {
                throw new IllegalArgumentException("not an option: " + args[i]);
            }
            String name = args[i].substring(2);
            verbose |= name.equals("verbose");
            if (name.equals("verbose") || (serve || !name.equals("enforce")) && settings.flag(name) || !serve && flag(name)) {
                continue;
            }
            if (++i == args.length) {
                throw new IllegalArgumentException("unknown, or without its value: --" + name);
            }
            if (!settings.set(name, args[i]) && !(serve ? ofServe(name, args[i]) : ofScenario(name, args[i]))) {
                throw new IllegalArgumentException("unknown option --" + name);
            }
        }
        if (serve ? port < 0 : url.isEmpty()) {
            throw new IllegalArgumentException(serve ? "--port is missing" : "--url is missing");
        }
    }

    private boolean flag(String name) {
        switch (name) {
            case "no-offer" -> offer = false;
            case "anonymous-offer" -> anonymousOffer = true;
            case "last" -> last = true;
            default -> {
                return false;
            }
        }
        return true;
    }

    private boolean ofServe(String name, String value) {
        if (name.equals("port")) {
            port = Integer.parseInt(value);
        }
        return name.equals("port");
    }

    private boolean ofScenario(String name, String value) {
        switch (name) {
            case "url" -> url = value;
            case "rm" -> version = oneOf(name, value, "11", "10");
            case "soap" -> soap12 = oneOf(name, value, "11", "12").equals("12");
            case "count" -> count = Integer.parseInt(value);
            case "size" -> size = Integer.parseInt(value);
            case "concurrency" -> concurrency = Integer.parseInt(value);
            case "decoupled" -> decoupled = Integer.parseInt(value);
            case "timeout" -> timeout = Long.parseLong(value);
            case "drop-requests" -> dropRequests = new Picks(value);
            case "drop-responses" -> dropResponses = new Picks(value);
            case "duplicate-requests" -> duplicateRequests = new Picks(value);
            default -> {
                return false;
            }
        }
        return true;
    }

    private static String oneOf(String name, String value, String... allowed) {
        for (String a : allowed) {
            if (a.equals(value)) {
                return value;
            }
        }
        throw new IllegalArgumentException("--" + name + " is one of " + String.join(", ", allowed));
    }
}
