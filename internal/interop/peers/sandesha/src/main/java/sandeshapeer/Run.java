package sandeshapeer;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.axiom.om.OMElement;
import org.apache.axis2.AxisFault;
import org.apache.axis2.client.ServiceClient;
import org.apache.sandesha2.client.SandeshaClient;
import org.apache.sandesha2.client.SequenceReport;

/** One scenario, from the first call to the end of the sequence. */
final class Run {
    private final Options options;
    private final Connection connection;
    private final List<Integer> numbers = Collections.synchronizedList(new ArrayList<>());

    private Run(Options options) throws Exception {
        this.options = options;
        connection = new Connection(options);
    }

    /** Runs it, prints the line that says how it went, and returns whether it went well. */
    static boolean scenario(Options options) {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(options.timeout);
        var outcome = new AtomicReference<>("no end within the timeout");
        var done = new CountDownLatch(1);
        var worker = new Thread(() -> {
            try {
                outcome.set(new Run(options).all(deadline));
            } catch (Exception | LinkageError e) {
                outcome.set(reason(e));
                if (options.verbose) {
                    e.printStackTrace();
                }
            }
            done.countDown();
        });
        worker.setDaemon(true);
        worker.start();
        try {
            done.await(options.timeout + 2, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        String said = outcome.get();
        System.out.println(said.startsWith("ok ") ? said : "failed " + options.scenario + ": " + said.replaceAll("\\s+", " "));
        return said.startsWith("ok ");
    }

    private String all(long deadline) throws Exception {
        long start = System.nanoTime();
        calls(deadline);
        double seconds = (System.nanoTime() - start) / 1e9;
        if (options.scenario.equals("next")) {
            check();
        }
        end(deadline);
        return String.format(Locale.ROOT, "ok %s count=%d seconds=%.3f rate=%.1f",
            options.scenario, options.count, seconds, options.count / seconds);
    }

    private void calls(long deadline) throws Exception {
        var issued = new AtomicInteger();
        var failure = new AtomicReference<Exception>();
        var pool = Executors.newFixedThreadPool(options.concurrency, r -> {
            var t = new Thread(r, "caller");
            t.setDaemon(true);
            return t;
        });
        for (int i = 0; i < options.concurrency; i++) {
            ServiceClient client = connection.client();
            pool.execute(() -> {
                for (int n; failure.get() == null && (n = issued.incrementAndGet()) <= options.count;) {
                    try {
                        call(client, n);
                    } catch (Exception e) {
                        failure.compareAndSet(null, new IllegalStateException("call " + n + ": " + reason(e), e));
                    }
                }
            });
        }
        pool.shutdown();
        if (!pool.awaitTermination(deadline - System.nanoTime(), TimeUnit.NANOSECONDS) && failure.get() == null) {
            throw new IllegalStateException("calls still waiting for an answer");
        }
        if (failure.get() != null) {
            throw failure.get();
        }
    }

    private void call(ServiceClient client, int n) throws Exception {
        boolean last = options.last && n == options.count;
        String text = text(n);
        switch (options.scenario) {
            case "echo" -> {
                OMElement reply = connection.call(client, "echoString", Echo.element("echoString", "text", text), last);
                if (!text.equals(Echo.text(reply, "text"))) {
                    throw new IllegalStateException("another text came back: " + reply);
                }
            }
            case "next" -> {
                OMElement reply = connection.call(client, "next", Echo.element("next", null, null), last);
                numbers.add(Integer.parseInt(Echo.text(reply, "number")));
            }
            case "ping" -> connection.send(client, "Ping", Echo.element("Ping", "text", text), last);
            default -> fail(client, text, last);
        }
    }

    private void fail(ServiceClient client, String text, boolean last) throws Exception {
        String reason;
        try {
            reason = "no fault, but " + connection.call(client, "fail", Echo.element("fail", "text", text), last);
        } catch (AxisFault e) {
            reason = e.getMessage();
        }
        if (!text.equals(reason)) {
            throw new IllegalStateException("another reason came back: " + reason);
        }
    }

    /** Waits until all is acknowledged, ends the sequence if the last message has not, and waits until Sandesha2 says so. */
    private void end(long deadline) throws Exception {
        ServiceClient client = connection.client();
        while (connection.report(client).getCompletedMessages().size() < options.count) {
            pause(deadline, client, "not all is acknowledged");
        }
        if (!options.last) {
            SandeshaClient.terminateSequence(client);
        }
        while (connection.report(client).getSequenceStatus() != SequenceReport.SEQUENCE_STATUS_TERMINATED) {
            pause(deadline, client, "the sequence does not end");
        }
    }

    private void pause(long deadline, ServiceClient client, String why) throws Exception {
        SequenceReport report = connection.report(client);
        if (report.getSequenceStatus() == SequenceReport.SEQUENCE_STATUS_TIMED_OUT || System.nanoTime() > deadline) {
            Exception error = SandeshaClient.getLastSendError(client);
            throw new IllegalStateException(why + ": status " + report.getSequenceStatus() + ", acknowledged " + report.getCompletedMessages(), error);
        }
        Thread.sleep(20);
    }

    private String text(int n) {
        String prefix = n + " ";
        return prefix + "x".repeat(Math.max(0, options.size - prefix.length()));
    }

    private void check() {
        var sorted = new ArrayList<>(numbers);
        Collections.sort(sorted);
        for (int i = 0; i < sorted.size(); i++) {
            if (sorted.get(i) != i + 1 || options.concurrency == 1 && numbers.get(i) != i + 1) {
                throw new IllegalStateException("not 1, 2, 3, ...: " + numbers);
            }
        }
    }

    private static String reason(Throwable e) {
        var b = new StringBuilder();
        for (Throwable t = e; t != null && b.length() < 400; t = t.getCause()) {
            String s = t.getMessage() == null ? t.getClass().getSimpleName() : t.getMessage();
            if (b.indexOf(s) < 0) {
                b.append(b.isEmpty() ? "" : ": ").append(s);
            }
        }
        return b.toString();
    }
}
