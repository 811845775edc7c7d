package sandeshapeer;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import peer.HttpMessage;
import peer.Kind;

/** Stands in front of a server, passes HTTP messages on unchanged, and loses or repeats some. A loss breaks the connection. */
final class Relay {
    private final ServerSocket listener;
    private final String host;
    private final int port;
    private final Losses losses;

    /** Listens on a port of its own (0: any) and passes on to the other. */
    Relay(int listen, String host, int port, Losses losses) throws IOException {
        this.host = host;
        this.port = port;
        this.losses = losses;
        listener = new ServerSocket(listen, 50, InetAddress.getByName("127.0.0.1"));
    }

    int port() {
        return listener.getLocalPort();
    }

    Relay start() {
        run(this::accept);
        return this;
    }

    private void accept() {
        while (true) {
            try {
                Socket client = listener.accept();
                run(() -> serve(client));
            } catch (IOException e) {
                return;
            }
        }
    }

    private void serve(Socket client) {
        Socket server = null;
        try (client) {
            client.setTcpNoDelay(true);
            InputStream in = new BufferedInputStream(client.getInputStream());
            InputStream back = null;
            while (true) {
                HttpMessage request = HttpMessage.request(in);
                if (request == null) {
                    return;
                }
                String[] line = request.firstLine().split(" ");
                byte[] answer = losses.answer(line[0], line[1]);
                if (answer != null) {
                    client.getOutputStream().write(answer);
                    continue;
                }
                String path = line[1];
                String kind = Kind.of(request.body);
                if (losses.dropRequest(path, kind)) {
                    return;
                }
                if (server == null) {
                    server = new Socket(host, port);
                    server.setTcpNoDelay(true);
                    back = new BufferedInputStream(server.getInputStream());
                }
                server.getOutputStream().write(request.raw);
                HttpMessage response = HttpMessage.response(back);
                if (losses.duplicateRequest(path, kind)) {
                    server.getOutputStream().write(request.raw);
                    HttpMessage.response(back);
                }
                if (losses.dropResponse(path, kind)) {
                    return;
                }
                client.getOutputStream().write(response.raw);
            }
        } catch (IOException e) {
            // a broken connection on one side breaks the other
        } finally {
            close(server);
        }
    }

    private static void close(Socket s) {
        try {
            if (s != null) {
                s.close();
            }
        } catch (IOException e) {
            // closed is closed
        }
    }

    private static void run(Runnable r) {
        var t = new Thread(r, "relay");
        t.setDaemon(true);
        t.start();
    }
}
