package io.perilune.raft.transport;

import io.perilune.raft.proto.SnapshotMetadata;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;

/** Where the bodies of snapshots come from and go to. Used by several threads at once, each on its own body. */
public interface SnapshotBodies {
    /** The body of a snapshot this node holds, which stays until it is closed. */
    Outgoing open(SnapshotMetadata metadata) throws IOException;

    /** Room for the body of a snapshot that a peer sends. */
    Incoming create(SnapshotMetadata metadata) throws IOException;

    /** A body to read once. */
    interface Outgoing extends Closeable {
        InputStream body();

        long bytes();
    }

    /** A body being written. Closing without {@link #commit} forgets it. */
    interface Incoming extends Closeable {
        OutputStream body();

        /** The body is whole: after this it is on disk and can be opened. */
        void commit() throws IOException;
    }
}
