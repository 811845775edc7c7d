package sandeshapeer;

import org.apache.axiom.om.OMElement;
import org.apache.axiom.soap.SOAPFactory;
import org.apache.axis2.AxisFault;
import org.apache.axis2.context.MessageContext;
import org.apache.axis2.receivers.AbstractInMessageReceiver;
import org.apache.axis2.receivers.AbstractInOutMessageReceiver;
import org.apache.sandesha2.Sandesha2Constants;

/** The operations of one service. */
final class Answers {
    private final String path;
    private final long delay;
    private final Stats stats;

    Answers(String path, long delay, Stats stats) {
        this.path = path;
        this.delay = delay;
        this.stats = stats;
    }

    /** Writes down that a message was delivered, and returns its sequence. */
    private String deliver(MessageContext in) {
        Object id = property(in, Sandesha2Constants.MessageContextProperties.INBOUND_SEQUENCE_ID);
        Object number = property(in, Sandesha2Constants.MessageContextProperties.INBOUND_MESSAGE_NUMBER);
        stats.delivered(path, (String) id, number == null ? 0 : (Long) number);
        try {
            Thread.sleep(delay);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return (String) id;
    }

    private static Object property(MessageContext in, String name) {
        Object value = in.getProperty(name);
        return value == null && in.getOperationContext() != null ? in.getOperationContext().getProperty(name) : value;
    }

    /** The request-reply operations. */
    final class Replies extends AbstractInOutMessageReceiver {
        @Override
        public void invokeBusinessLogic(MessageContext in, MessageContext out) throws AxisFault {
            String id = deliver(in);
            String operation = in.getAxisOperation().getName().getLocalPart();
            OMElement body = in.getEnvelope().getBody().getFirstElement();
            String text = Echo.text(body, "text");
            OMElement reply = switch (operation) {
                case "echoString" -> Echo.element("echoStringResponse", "text", text);
                case "next" -> Echo.element("nextResponse", "number", Integer.toString(stats.next(id)));
                default -> throw new AxisFault(text);
            };
            SOAPFactory factory = getSOAPFactory(in);
            out.setEnvelope(factory.getDefaultEnvelope());
            out.getEnvelope().getBody().addChild(reply);
        }
    }

    /** Ping. */
    final class Takes extends AbstractInMessageReceiver {
        @Override
        public void invokeBusinessLogic(MessageContext in) {
            deliver(in);
        }
    }
}
