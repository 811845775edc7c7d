package sandeshapeer;

/** What a relay loses or repeats. */
interface Losses {
    /** An answer of the relay's own, or null. */
    byte[] answer(String method, String path);

    boolean dropRequest(String path, String kind);

    boolean dropResponse(String path, String kind);

    boolean duplicateRequest(String path, String kind);
}
