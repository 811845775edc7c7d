package sandeshapeer;

import java.io.IOException;
import java.net.URI;
import org.apache.axiom.om.OMElement;
import org.apache.axiom.soap.SOAP11Constants;
import org.apache.axiom.soap.SOAP12Constants;
import org.apache.axis2.AxisFault;
import org.apache.axis2.Constants;
import org.apache.axis2.addressing.AddressingConstants;
import org.apache.axis2.addressing.EndpointReference;
import org.apache.axis2.client.ServiceClient;
import org.apache.axis2.context.ConfigurationContext;
import org.apache.axis2.description.Parameter;
import org.apache.axis2.transport.http.HTTPConstants;
import org.apache.sandesha2.Sandesha2Constants;
import org.apache.sandesha2.SandeshaException;
import org.apache.sandesha2.client.SandeshaClient;
import org.apache.sandesha2.client.SandeshaClientConstants;
import org.apache.sandesha2.client.SequenceReport;

/** Axis2's client for one URL, with one sequence, which all callers share. */
final class Connection {
    private final Options options;
    private final ConfigurationContext context;
    private final String through; // a relay, or null

    Connection(Options options) throws IOException {
        this.options = options;
        context = Axis.start(options.settings);
        if (options.decoupled >= 0) {
            int port = options.decoupled == 0 ? Serve.free() : options.decoupled;
            var listener = context.getAxisConfiguration().getTransportIn(Constants.TRANSPORT_HTTP);
            listener.addParameter(new Parameter("port", Integer.toString(port)));
            listener.addParameter(new Parameter("hostname", "http://127.0.0.1:" + port)); // for addresses; it listens on all
        }
        boolean losses = !(options.dropRequests.isEmpty() && options.dropResponses.isEmpty() && options.duplicateRequests.isEmpty());
        URI u = URI.create(options.url);
        through = losses ? "http://127.0.0.1:" + new Relay(0, u.getHost(), u.getPort(), new Lossy(options)).start().port() + u.getRawPath() : null;
    }

    /** A client for one thread. */
    ServiceClient client() throws AxisFault {
        var client = new ServiceClient(context, null);
        var o = client.getOptions();
        o.setTo(new EndpointReference(options.url));
        o.setSoapVersionURI(options.soap12 ? SOAP12Constants.SOAP_ENVELOPE_NAMESPACE_URI : SOAP11Constants.SOAP_ENVELOPE_NAMESPACE_URI);
        o.setTimeOutInMilliSeconds(options.timeout * 1000);
        o.setUseSeparateListener(options.decoupled >= 0);
        if (options.anonymousOffer) {
            o.setProperty(SandeshaClientConstants.OFFERED_ENDPOINT, new EndpointReference(AddressingConstants.Final.WSA_ANONYMOUS_URL));
        }
        o.setProperty(SandeshaClientConstants.RM_SPEC_VERSION, options.version.equals("11")
            ? Sandesha2Constants.SPEC_VERSIONS.v1_1 : Sandesha2Constants.SPEC_VERSIONS.v1_0);
        o.setProperty(HTTPConstants.SO_TIMEOUT, (int) (options.timeout * 1000));
        if (through != null) {
            o.setProperty(Constants.Configuration.TRANSPORT_URL, through);
        }
        if (!options.offer) {
            o.setProperty(SandeshaClientConstants.ONE_WAY_SEQUENCE, Constants.VALUE_TRUE);
        }
        return client;
    }

    OMElement call(ServiceClient client, String operation, OMElement body, boolean last) throws AxisFault {
        prepare(client, operation, last);
        return client.sendReceive(body);
    }

    void send(ServiceClient client, String operation, OMElement body, boolean last) throws AxisFault {
        prepare(client, operation, last);
        client.fireAndForget(body);
    }

    private static void prepare(ServiceClient client, String operation, boolean last) {
        client.getOptions().setAction(Echo.action(operation));
        if (last) {
            client.getOptions().setProperty(SandeshaClientConstants.LAST_MESSAGE, Constants.VALUE_TRUE);
        }
    }

    /** How many messages of the sequence are acknowledged, and whether it has ended. */
    SequenceReport report(ServiceClient client) throws SandeshaException {
        return SandeshaClient.getOutgoingSequenceReport(client);
    }
}
