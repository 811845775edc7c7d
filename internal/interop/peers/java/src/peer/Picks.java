package peer;

import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Which messages to lose or repeat, such as "3,5,create": numbers count application messages as they are seen, resends
 * included; a word is a protocol message and "create2" the second of its kind.
 */
public final class Picks {
    private static final Pattern WORD = Pattern.compile("(create|close|terminate|ack|other)([1-9][0-9]*)?");

    private final String text;
    private final Set<String> picked = new HashSet<>();
    private final Map<String, Integer> seen = new HashMap<>();

    public Picks(String text) {
        this.text = text;
        for (String s : Arrays.asList(text.split(","))) {
            var m = WORD.matcher(s);
            if (m.matches()) {
                picked.add(m.group(1) + (m.group(2) == null ? "1" : m.group(2)));
            } else if (s.matches("[1-9][0-9]*")) {
                picked.add("message" + s);
            } else if (!s.isEmpty()) {
                throw new IllegalArgumentException("neither a number nor create, close, terminate, ack, other: " + s);
            }
        }
    }

    /** The same choice, with nothing counted yet. */
    public Picks fresh() {
        return new Picks(text);
    }

    public boolean isEmpty() {
        return picked.isEmpty();
    }

    /** Counts a message of this kind, and says whether it is one of those. */
    public synchronized boolean take(String kind) {
        return picked.contains(kind + seen.merge(kind, 1, Integer::sum));
    }
}
