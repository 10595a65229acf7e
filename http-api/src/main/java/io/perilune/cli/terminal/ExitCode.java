package io.perilune.cli.terminal;

/** What the shell gets to see. The numbers are part of the command line's contract. */
public final class ExitCode {
    public static final int OK = 0;
    /** The script or the server said no. */
    public static final int FAILED = 1;

    public static final int USAGE = 2;
    /** No leader, or no node there. */
    public static final int UNREACHABLE = 3;
    /** It may or may not have been done. */
    public static final int UNKNOWN = 4;
    /** A check found differences. */
    public static final int DIFFERENT = 5;
    /** Replicas disagree. */
    public static final int DIVERGED = 6;

    private ExitCode() {}
}
