package sandeshapeer;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeSet;

/** What the operations saw, by sequence. */
final class Stats {
    /** Deliveries of one sequence. */
    private static final class Deliveries {
        String path;
        long first;
        long last;
        long count;
        long duplicates;
        long outOfOrder;
        int next;
        final TreeSet<Long> numbers = new TreeSet<>();
    }

    private final Map<String, Deliveries> sequences = new LinkedHashMap<>();
    private long plain;
    private long requests;
    private long droppedRequests;
    private long droppedResponses;

    synchronized void request() {
        requests++;
    }

    synchronized void droppedRequest() {
        droppedRequests++;
    }

    synchronized void droppedResponse() {
        droppedResponses++;
    }

    /** A message handed to an operation; id is null outside any sequence. */
    synchronized void delivered(String path, String id, long number) {
        if (id == null) {
            plain++;
            return;
        }
        Deliveries d = sequences.computeIfAbsent(id, x -> new Deliveries());
        d.path = path;
        d.count++;
        if (d.numbers.isEmpty()) {
            d.first = number;
        }
        if (d.numbers.contains(number)) {
            d.duplicates++;
        } else if (!d.numbers.isEmpty() && number < d.numbers.last()) {
            d.outOfOrder++;
        }
        d.numbers.add(number);
        d.last = number;
    }

    /** Counts the calls of next on one sequence, which has been delivered to. */
    synchronized int next(String id) {
        return id == null ? (int) plain : ++sequences.get(id).next;
    }

    synchronized String json() {
        var b = new StringBuilder("{\"sequences\":[");
        String comma = "";
        for (var e : sequences.entrySet()) {
            Deliveries d = e.getValue();
            b.append(comma).append("{\"id\":").append(quote(e.getKey()))
                .append(",\"path\":").append(quote(d.path))
                .append(",\"count\":").append(d.count)
                .append(",\"first\":").append(d.first)
                .append(",\"last\":").append(d.last)
                .append(",\"duplicates\":").append(d.duplicates)
                .append(",\"out_of_order\":").append(d.outOfOrder)
                .append(",\"complete\":").append(d.numbers.first() == 1 && d.numbers.last() == d.numbers.size())
                .append('}');
            comma = ",";
        }
        return b.append("],\"plain\":").append(plain)
            .append(",\"requests\":").append(requests)
            .append(",\"dropped_requests\":").append(droppedRequests)
            .append(",\"dropped_responses\":").append(droppedResponses)
            .append('}').toString();
    }

    private static String quote(String s) {
        var b = new StringBuilder("\"");
        for (char c : s.toCharArray()) {
            if (c == '"' || c == '\\') {
                b.append('\\').append(c);
            } else if (c < ' ') {
                b.append(String.format("\\u%04x", (int) c));
            } else {
                b.append(c);
            }
        }
        return b.append('"').toString();
    }
}
