package io.perilune.raft.transport;

/** What a {@link Link} needs of the transport it belongs to, and tells it. Called by the links' threads. */
interface Links {
    Identity self();

    /**
     * The peer took a link.
     *
     * @return false where this node must not use it, since the peer is not who it was
     */
    boolean connected(long peer, String httpAddress, String mark);

    /** The peer answered, with something else than the upgrade. */
    void refused(long peer, String address, int status, String reason);

    /** Nobody listens where the peer should be. */
    void gone(long peer);

    /** A link that stood is no more. */
    void broke(long peer);

    /** Messages that had been taken are lost; {@code count} may be 0. */
    void lost(long peer, int count);
}
