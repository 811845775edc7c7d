package sandeshapeer;

import org.apache.axis2.AxisFault;
import org.apache.axis2.context.ConfigurationContext;
import org.apache.axis2.context.ConfigurationContextFactory;
import org.apache.axis2.engine.AxisConfiguration;
import org.apache.sandesha2.Sandesha2Constants;
import org.apache.sandesha2.policy.SandeshaPolicyBean;

/** Axis2 as it is installed, with its own configuration and the modules for WS-Addressing and WS-RM. */
final class Axis {
    private Axis() {
    }

    static ConfigurationContext start(Settings settings) throws AxisFault {
        ConfigurationContext context = ConfigurationContextFactory.createConfigurationContextFromFileSystem(
            System.getProperty("repository"), null);
        AxisConfiguration configuration = context.getAxisConfiguration();
        configuration.engageModule("addressing");
        configuration.engageModule("sandesha2");
        settings.apply((SandeshaPolicyBean) configuration.getParameterValue(Sandesha2Constants.SANDESHA_PROPERTY_BEAN));
        return context;
    }
}
