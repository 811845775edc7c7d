package sandeshapeer;

import org.apache.axiom.om.OMAbstractFactory;
import org.apache.axiom.om.OMElement;
import org.apache.axiom.om.OMFactory;
import javax.xml.namespace.QName;

/** The messages of the echo application, as XML. */
final class Echo {
    static final String NAMESPACE = "http://example.org/rm/echo";

    private Echo() {
    }

    static String action(String operation) {
        return NAMESPACE + "/" + operation;
    }

    /** The element with one child that holds the text; with none, if child is null. */
    static OMElement element(String name, String child, String text) {
        OMFactory factory = OMAbstractFactory.getOMFactory();
        var namespace = factory.createOMNamespace(NAMESPACE, "e");
        OMElement element = factory.createOMElement(name, namespace);
        if (child != null) {
            factory.createOMElement(child, namespace, element).setText(text);
        }
        return element;
    }

    static String text(OMElement element, String child) {
        OMElement found = element == null ? null : element.getFirstChildWithName(new QName(NAMESPACE, child));
        return found == null ? null : found.getText();
    }
}
