package sandeshapeer;

import java.nio.charset.StandardCharsets;
import java.util.regex.Pattern;

/** Tells an application message from those of the protocol by its wsa:Action. */
final class Kind {
    private static final Pattern ACTION = Pattern.compile("<(?:[\\w.-]+:)?Action\\b[^>]*>\\s*([^<\\s]*)");

    private Kind() {
    }

    /** One of message, create, close, terminate, ack, other. An envelope without an action counts as message. */
    static String of(byte[] envelope) {
        var m = ACTION.matcher(new String(envelope, StandardCharsets.UTF_8));
        String action = m.find() ? m.group(1) : "";
        if (action.isEmpty() || action.startsWith(Echo.NAMESPACE)) {
            return "message";
        }
        return switch (action.substring(action.lastIndexOf('/') + 1)) {
            case "CreateSequence" -> "create";
            case "CloseSequence", "LastMessage" -> "close";
            case "TerminateSequence" -> "terminate";
            case "SequenceAcknowledgement", "AckRequested" -> "ack";
            default -> "other";
        };
    }
}
