package sandeshapeer;

/** The losses that a client's options ask for. */
final class Lossy implements Losses {
    private final Options options;

    Lossy(Options options) {
        this.options = options;
    }

    @Override
    public byte[] answer(String method, String path) {
        return null;
    }

    @Override
    public boolean dropRequest(String path, String kind) {
        return options.dropRequests.take(kind);
    }

    @Override
    public boolean dropResponse(String path, String kind) {
        return options.dropResponses.take(kind);
    }

    @Override
    public boolean duplicateRequest(String path, String kind) {
        return options.duplicateRequests.take(kind);
    }
}
