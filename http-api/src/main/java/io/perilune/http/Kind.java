package io.perilune.http;

/**
 * The kinds of problem, each with its status: 4xx will fail the same way again, 5xx may be retried with the same
 * idempotency key.
 */
enum Kind {
    BAD_JSON(400, "The body is not JSON as it has to be"),
    BAD_PARAMETER(400, "A parameter is wrong"),
    BAD_HEADER(400, "A header is wrong"),
    BAD_NAME(400, "A name is not well-formed"),
    BAD_BODY(400, "The body is not what belongs here"),
    BAD_BUNDLE(400, "The bundle cannot be taken"),
    UNAUTHENTICATED(401, "Who asks is not known"),
    FORBIDDEN(403, "The token does not allow that"),
    FOREIGN_HOST(403, "The request is meant for another host"),
    NOT_FOUND(404, "There is nothing at this path"),
    NO_SUCH_MACHINE(404, "There is no such machine"),
    NO_SUCH_COMMAND(404, "The machine has no such command"),
    NO_SUCH_QUERY(404, "The machine has no such query"),
    NO_SUCH_VERSION(404, "The machine has no such version"),
    NO_SUCH_KEY(404, "The state has no such key"),
    NO_SUCH_ENTRY(404, "The log has no such command"),
    NO_SUCH_MEMBER(404, "The cluster has no such member"),
    NO_SUCH_TOKEN(404, "There is no such token"),
    METHOD_NOT_ALLOWED(405, "This path does not take this method"),
    REQUEST_TIMEOUT(408, "The request did not arrive in time"),
    MEMBER_CHANGE_IN_PROGRESS(409, "Another change of members is under way"),
    MEMBER_CHANGE_REFUSED(409, "The members cannot be changed so"),
    TOKEN_EXISTS(409, "There is such a token already"),
    ADMIN_NEEDED(409, "Nobody could administer the cluster any more"),
    NOT_EMPTY(409, "The cluster is not empty"),
    RESTORE_INTERRUPTED(409, "Another restore has begun"),
    NOT_RETAINED(410, "That past is not kept"),
    VERSION_MISMATCH(412, "Another version is active"),
    TOO_LARGE(413, "The body is too large"),
    RANGE_NOT_SATISFIABLE(416, "There is nothing in that range"),
    UNSUPPORTED_MEDIA_TYPE(415, "This type of content does not belong here"),
    SCRIPT_INVALID(422, "The script does not load"),
    REJECTED(422, "The script rejected the command"),
    SCRIPT_FAILED(422, "The script failed"),
    REHEARSAL_DIFFERS(422, "The script does not do what was done"),
    BUDGET_EXCEEDED(422, "The script used more than it may"),
    ARCHIVE_DAMAGED(422, "The archive cannot be used"),
    IDEMPOTENCY_KEY_REUSED(422, "The idempotency key belongs to another command"),
    TOO_MANY_ATTEMPTS(429, "There were too many attempts"),
    INTERNAL(500, "This is our fault"),
    NO_LEADER(503, "There is no leader to turn to"),
    OVERLOADED(503, "There is too much to do"),
    SHUTTING_DOWN(503, "This node is stopping"),
    NOT_CAUGHT_UP(503, "This node has not come that far"),
    DIVERGED(503, "This node has fallen out of step with the others"),
    TRANSFER_FAILED(503, "Leadership was not handed over"),
    SNAPSHOT_NOT_TAKEN(503, "No snapshot was taken"),
    BACKUP_NOT_TAKEN(503, "No backup was taken"),
    OUTCOME_UNKNOWN(504, "Whether it happened is not known");

    private final int status;
    private final String title;
    private final String text;

    Kind(int status, String title) {
        this.status = status;
        this.title = title;
        this.text = name().toLowerCase(java.util.Locale.ROOT).replace('_', '-');
    }

    int status() {
        return status;
    }

    String title() {
        return title;
    }

    /** What stands in {@code code} and at the end of {@code type}. */
    String text() {
        return text;
    }
}
