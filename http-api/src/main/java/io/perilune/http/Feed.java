package io.perilune.http;

/** Where the events of one stream come from. Asked by one thread at a time; nothing is kept for a stream between. */
interface Feed {
    /** What a stream says first. */
    String greeting();

    /**
     * Puts into {@code out} what has happened since the last time, up to about {@code bytesMax}.
     *
     * @return whether more may come; otherwise the stream ends after this
     */
    boolean pull(Frames out, int bytesMax);

    /** @return ends it */
    Runnable subscribe(Runnable wake);
}
