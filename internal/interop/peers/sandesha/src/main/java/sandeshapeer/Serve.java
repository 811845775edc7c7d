package sandeshapeer;

import java.io.IOException;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import org.apache.axis2.AxisFault;
import org.apache.axis2.context.ConfigurationContext;
import org.apache.axis2.transport.http.SimpleHTTPServer;

/** Axis2's HTTP server, with a relay in front that deploys services as they are asked for, loses messages, and tells the record. */
final class Serve implements Losses {
    private static final String PREFIX = "/axis2/services/";

    private final Stats stats = new Stats();
    private final Map<String, Service> services = new HashMap<>();
    private final ConfigurationContext context;

    private Serve(Options options) throws IOException {
        context = Axis.start(options.settings);
        int inner = free();
        var relay = new Relay(options.port, "127.0.0.1", inner, this);
        new SimpleHTTPServer(context, inner).start();
        relay.start();
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            System.out.println(stats.json());
            System.out.flush();
            Runtime.getRuntime().halt(0);
        }));
        System.out.println("listening http=127.0.0.1:" + relay.port());
        System.out.flush();
    }

    static void run(Options options) throws IOException, InterruptedException {
        new Serve(options);
        Thread.currentThread().join();
    }

    static int free() throws IOException {
        try (var s = new ServerSocket(0)) {
            return s.getLocalPort();
        }
    }

    @Override
    public byte[] answer(String method, String path) {
        if (path.equals("/stats")) {
            return response("200 OK", stats.json());
        }
        if (!method.equals("POST")) {
            return response("404 Not Found", "only POST, and GET /stats");
        }
        stats.request();
        try {
            service(path);
            return null;
        } catch (IllegalArgumentException | AxisFault e) {
            return response("404 Not Found", "no such service: " + e.getMessage());
        }
    }

    private static byte[] response(String status, String body) {
        return ("HTTP/1.1 " + status + "\r\nContent-Type: text/plain\r\nContent-Length: " + body.length() + "\r\n\r\n" + body)
            .getBytes(StandardCharsets.UTF_8);
    }

    private synchronized Service service(String path) throws AxisFault {
        if (!path.startsWith(PREFIX)) {
            throw new IllegalArgumentException(path);
        }
        String name = path.substring(PREFIX.length());
        Service service = services.get(name);
        if (service == null) {
            service = new Service(name);
            service.deploy(context.getAxisConfiguration(), stats);
            services.put(name, service);
        }
        return service;
    }

    private synchronized Service known(String path) {
        return services.get(path.substring(PREFIX.length()));
    }

    @Override
    public boolean dropRequest(String path, String kind) {
        boolean drop = known(path).dropRequests.take(kind);
        if (drop) {
            stats.droppedRequest();
        }
        return drop;
    }

    @Override
    public boolean dropResponse(String path, String kind) {
        boolean drop = known(path).dropResponses.take(kind);
        if (drop) {
            stats.droppedResponse();
        }
        return drop;
    }

    @Override
    public boolean duplicateRequest(String path, String kind) {
        return false;
    }
}
