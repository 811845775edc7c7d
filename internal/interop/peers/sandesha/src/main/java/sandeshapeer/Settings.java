package sandeshapeer;

import org.apache.sandesha2.policy.SandeshaPolicyBean;

/** Sandesha2's policy. What is not set stays as it is installed. */
final class Settings {
    private long ackInterval = -1;
    private long retransmission = -1;
    private int maxRetransmissions = -2;
    private long inactivity = -1;
    private boolean unordered;
    private boolean noMakeConnection;
    private boolean noAnonymousUri;
    private boolean enforce;

    /** Takes a setting, or says that it has no such. Flags have no value. */
    boolean flag(String name) {
        switch (name) {
            case "unordered" -> unordered = true;
            case "no-make-connection" -> noMakeConnection = true;
            case "no-anonymous-uri" -> noAnonymousUri = true;
            case "enforce" -> enforce = true;
            default -> {
                return false;
            }
        }
        return true;
    }

    boolean set(String name, String value) {
        switch (name) {
            case "ack-interval" -> ackInterval = Long.parseLong(value);
            case "retransmission" -> retransmission = Long.parseLong(value);
            case "max-retransmissions" -> maxRetransmissions = Integer.parseInt(value);
            case "inactivity" -> inactivity = Long.parseLong(value);
            default -> {
                return false;
            }
        }
        return true;
    }

    void apply(SandeshaPolicyBean bean) {
        if (ackInterval >= 0) {
            bean.setAcknowledgementInterval(ackInterval);
        }
        if (retransmission >= 0) {
            bean.setRetransmissionInterval(retransmission);
        }
        if (maxRetransmissions > -2) {
            bean.setMaximumRetransmissionCount(maxRetransmissions);
        }
        if (inactivity >= 0) {
            bean.setInactiveTimeoutInterval(inactivity, "seconds");
        }
        if (unordered) {
            bean.setInOrder(false);
        }
        if (noMakeConnection) {
            bean.setEnableMakeConnection(false);
        }
        if (noMakeConnection || noAnonymousUri) {
            bean.setEnableRMAnonURI(false);
        }
        if (enforce) {
            bean.setEnforceRM(true);
        }
    }
}
