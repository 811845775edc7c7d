package sandeshapeer;

import javax.xml.namespace.QName;
import org.apache.axis2.AxisFault;
import org.apache.axis2.description.AxisOperation;
import org.apache.axis2.description.AxisService;
import org.apache.axis2.description.InOnlyAxisOperation;
import org.apache.axis2.description.InOutAxisOperation;
import org.apache.axis2.engine.AxisConfiguration;
import org.apache.axis2.engine.MessageReceiver;
import peer.Picks;

/** One deployed service: its name says what it does, as words between underscores. */
final class Service {
    final String name;
    private long delay;
    Picks dropRequests = new Picks("");
    Picks dropResponses = new Picks("");

    /** Throws IllegalArgumentException for a word that it does not know. */
    Service(String name) {
        this.name = name;
        for (String word : name.split("_")) {
            String[] parts = word.split("=", 2);
            String value = parts.length == 2 ? parts[1] : "";
            switch (parts[0]) {
                case "echo", "id" -> { }
                case "delay" -> delay = Long.parseLong(value);
                case "drop-request" -> dropRequests = new Picks(value);
                case "drop-response" -> dropResponses = new Picks(value);
                default -> throw new IllegalArgumentException(word);
            }
        }
    }

    void deploy(AxisConfiguration configuration, Stats stats) throws AxisFault {
        var answers = new Answers(name, delay, stats);
        var service = new AxisService(name);
        service.setTargetNamespace(Echo.NAMESPACE);
        for (String operation : new String[] {"echoString", "next", "fail"}) {
            add(configuration, service, new InOutAxisOperation(new QName(operation)), answers.new Replies());
        }
        add(configuration, service, new InOnlyAxisOperation(new QName("Ping")), answers.new Takes());
        configuration.addService(service);
    }

    private static void add(AxisConfiguration configuration, AxisService service, AxisOperation operation, MessageReceiver receiver)
        throws AxisFault {
        String action = Echo.action(operation.getName().getLocalPart());
        operation.setSoapAction(action);
        if (operation instanceof InOutAxisOperation) {
            operation.setOutputAction(action + "Response");
        }
        operation.setMessageReceiver(receiver);
        configuration.getPhasesInfo().setOperationPhases(operation);
        service.addOperation(operation);
        service.mapActionToOperation(action, operation);
    }
}
