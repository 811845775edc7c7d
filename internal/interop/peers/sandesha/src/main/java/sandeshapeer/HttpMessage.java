package sandeshapeer;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/** One HTTP/1.1 message as it came, with its body decoded beside it. */
final class HttpMessage {
    final byte[] raw;
    final byte[] body;

    private HttpMessage(byte[] raw, byte[] body) {
        this.raw = raw;
        this.body = body;
    }

    String firstLine() {
        return new String(raw, StandardCharsets.ISO_8859_1).lines().findFirst().orElse("");
    }

    /** Reads a request; null at the end of the stream. */
    static HttpMessage request(InputStream in) throws IOException {
        return read(in, false);
    }

    /** Reads a response; interim ones are passed over. */
    static HttpMessage response(InputStream in) throws IOException {
        while (true) {
            HttpMessage m = read(in, true);
            if (m == null) {
                throw new EOFException("no response");
            }
            if (m.raw[9] != '1') {
                return m;
            }
        }
    }

    private static HttpMessage read(InputStream in, boolean response) throws IOException {
        var raw = new ByteArrayOutputStream();
        var head = new StringBuilder();
        for (String line; !(line = line(in, raw)).isEmpty(); head.append(line).append('\n')) {
            if (line.equals("\0")) {
                return null;
            }
        }
        String h = head.toString().toLowerCase(Locale.ROOT);
        var body = new ByteArrayOutputStream();
        if (header(h, "transfer-encoding").contains("chunked")) {
            int size;
            do {
                size = Integer.parseInt(line(in, raw).replaceAll(";.*", "").trim(), 16);
                body.write(copy(in, raw, size));
                line(in, raw);
            } while (size > 0);
        } else if (!header(h, "content-length").isEmpty()) {
            body.write(copy(in, raw, Integer.parseInt(header(h, "content-length"))));
        } else if (response && !h.matches("(?s)http/1\\.1 (1..|204|304).*")) {
            byte[] rest = in.readAllBytes();
            raw.write(rest);
            body.write(rest);
        }
        return new HttpMessage(raw.toByteArray(), body.toByteArray());
    }

    private static String header(String head, String name) {
        for (String line : head.split("\n")) {
            if (line.startsWith(name + ":")) {
                return line.substring(name.length() + 1).trim();
            }
        }
        return "";
    }

    /** A line without its end; a zero character alone stands for the end of the stream before it. */
    private static String line(InputStream in, ByteArrayOutputStream raw) throws IOException {
        var line = new ByteArrayOutputStream();
        int c;
        while ((c = in.read()) != '\n') {
            if (c < 0) {
                if (raw.size() == 0) {
                    return "\0";
                }
                throw new EOFException("end in the middle of a message");
            }
            raw.write(c);
            line.write(c);
        }
        raw.write(c);
        return line.toString(StandardCharsets.ISO_8859_1).replace("\r", "");
    }

    private static byte[] copy(InputStream in, ByteArrayOutputStream raw, int n) throws IOException {
        byte[] b = in.readNBytes(n);
        if (b.length < n) {
            throw new EOFException("end in the middle of a body");
        }
        raw.write(b);
        return b;
    }
}
