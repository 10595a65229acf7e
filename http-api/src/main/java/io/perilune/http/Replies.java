package io.perilune.http;

import io.perilune.engine.Reply;
import io.perilune.http.Problem.Place;
import io.perilune.http.access.Caller;
import io.perilune.http.json.JsonWriter;
import org.jspecify.annotations.Nullable;

/** Puts the engine's replies into HTTP's words: the one place where outcomes meet statuses. */
final class Replies {
    private static final String REPLAYED = "Idempotent-Replayed";

    private Replies() {}

    /**
     * @param machine the request's, for outcomes that have no receipt
     * @param caller who is told nothing of machines that are not theirs
     */
    static Answer answer(Reply known, String machine, Caller caller) {
        var reply = discreet(known, caller);
        if (reply instanceof Reply.Batch batch) {
            return batch(batch);
        }
        var problem = problem(reply, machine);
        var answer = problem != null ? problem.answer() : Answer.json(status(reply), good(reply));
        var receipt = receipt(reply);
        return receipt != null && receipt.replayed() ? answer.with(REPLAYED, "true") : answer;
    }

    /** A token for one machine learns of no other, not even from a suggestion. */
    private static Reply discreet(Reply reply, Caller caller) {
        return reply instanceof Reply.Refused refused
                        && refused.refusal() == Reply.Refusal.NO_SUCH_MACHINE
                        && refused.suggestion() != null
                        && !caller.mayRead(refused.suggestion())
                ? new Reply.Refused(refused.refusal(), refused.detail(), null)
                : reply;
    }

    /** All calls of a batch went well, or there would be no batch. */
    private static Answer batch(Reply.Batch batch) {
        var lines = new Lines();
        var replayed = false;
        for (var reply : batch.replies()) {
            lines.add(good(reply));
            replayed |= reply instanceof Reply.Done done && done.receipt().replayed();
        }
        var answer = new Answer(200, MediaTypes.NDJSON, lines.toBytes());
        return replayed ? answer.with(REPLAYED, "true") : answer;
    }

    /** One line of an NDJSON stream, which has no headers of its own to say that it is a replay. */
    static JsonWriter line(Reply reply, String machine, Caller caller, int line) {
        var problem = problem(discreet(reply, caller), machine);
        return problem != null ? problem.inLine(line).write(new JsonWriter()) : good(reply);
    }

    /** The word for it in metrics. */
    static String outcome(Reply reply) {
        if (reply instanceof Reply.Rejected) {
            return "rejected";
        } else if (reply instanceof Reply.Failed) {
            return "failed";
        } else if (reply instanceof Reply.OverBudget) {
            return "over_budget";
        } else if (reply instanceof Reply.Refused || reply instanceof Reply.ScriptInvalid) {
            return "refused";
        } else if (reply instanceof Reply.Unavailable) {
            return "unavailable";
        } else if (reply instanceof Reply.Unknown) {
            return "unknown";
        } else if (reply instanceof Reply.BatchFailed failed) {
            return outcome(failed.cause());
        }
        return "done";
    }

    private static int status(Reply reply) {
        return reply instanceof Reply.Deployed deployed && deployed.created() ? 201 : 200;
    }

    private static JsonWriter good(Reply reply) {
        var json = new JsonWriter().beginObject();
        writeGood(json, reply);
        return json.endObject();
    }

    /** The answer or the problem, within an object that has been begun. */
    static void writeFields(JsonWriter json, Reply reply, String machine) {
        var problem = problem(reply, machine);
        if (problem == null) {
            writeGood(json, reply);
        } else {
            problem.writeFields(json);
        }
    }

    private static void writeGood(JsonWriter json, Reply reply) {
        if (reply instanceof Reply.Done done) {
            receipt(json.field("result", done.result()), done.receipt());
        } else if (reply instanceof Reply.Answer answer) {
            json.field("result", answer.result())
                    .field("index", answer.index())
                    .field("version", answer.version())
                    .field("gas", answer.gas());
        } else if (reply instanceof Reply.Deployed deployed) {
            json.field("machine", deployed.machine())
                    .field("version", deployed.version())
                    .field("sha256", deployed.sha256())
                    .field("index", deployed.index());
        } else if (reply instanceof Reply.Traced traced) {
            TraceJson.writeFields(json, traced);
        } else if (reply instanceof Reply.Rehearsed rehearsed) {
            RehearsalJson.writeFields(json, rehearsed.rehearsal());
        } else if (reply instanceof Reply.LimitsSet set) {
            json.field("machine", set.machine()).field("index", set.index());
        } else if (reply instanceof Reply.TokenRevoked revoked) {
            json.field("name", revoked.name()).field("index", revoked.index());
        } else if (reply instanceof Reply.Restored restored) {
            json.field("machines", restored.machines())
                    .field("keys", restored.keys())
                    .field("tokens", restored.tokens())
                    .field("index", restored.index());
        } else if (reply instanceof Reply.Deleted deleted) {
            json.field("machine", deleted.machine()).field("index", deleted.index());
        } else {
            throw new IllegalStateException("no good reply: " + reply);
        }
    }

    private static void receipt(JsonWriter json, Reply.Receipt receipt) {
        json.field("index", receipt.index())
                .field("term", receipt.term())
                .field("version", receipt.version())
                .field("gas", receipt.gas())
                .field("writes", receipt.writes())
                .field("events", receipt.events())
                .field("time", receipt.time());
    }

    /** Null for a reply that is good news. */
    static @Nullable Problem problem(Reply reply, String machine) {
        if (reply instanceof Reply.Rejected rejected) {
            return new Problem(
                    Kind.REJECTED,
                    rejected.code(),
                    rejected.status(),
                    rejected.message(),
                    rejected.details(),
                    place(rejected.receipt(), rejected.at(), null),
                    0);
        } else if (reply instanceof Reply.Failed failed) {
            return Problem.of(Kind.SCRIPT_FAILED, failed.message())
                    .at(place(failed.receipt(), failed.at(), failed.traceback()));
        } else if (reply instanceof Reply.OverBudget over) {
            return overBudget(over);
        } else if (reply instanceof Reply.BatchFailed failed) {
            var cause = problem(failed.cause(), machine);
            return cause == null ? null : cause.inLine(failed.line());
        } else if (reply instanceof Reply.ScriptInvalid invalid) {
            return invalid(invalid, machine);
        } else if (reply instanceof Reply.Refused refused) {
            var problem = Problem.of(kind(refused.refusal()), refused.detail());
            return (machine.isEmpty() ? problem : problem.on(machine)).suggesting(refused.suggestion());
        } else if (reply instanceof Reply.Unavailable unavailable) {
            return unavailable(unavailable);
        } else if (reply instanceof Reply.Unknown unknown) {
            return Problem.of(Kind.OUTCOME_UNKNOWN, unknown.detail());
        }
        return null;
    }

    /** Why there was nothing to read. */
    static Problem unread(Reply reason) {
        if (reason instanceof Reply.Refused refused) {
            return Problem.of(kind(refused.refusal()), refused.detail());
        } else if (reason instanceof Reply.Unavailable unavailable) {
            return unavailable(unavailable);
        }
        throw new IllegalStateException("no reason for not reading: " + reason);
    }

    static Problem unavailable(Reply.Unavailable unavailable) {
        return Problem.of(kind(unavailable.why()), unavailable.detail());
    }

    private static Problem overBudget(Reply.OverBudget over) {
        return Problem.of(
                        Kind.BUDGET_EXCEEDED,
                        "more " + over.budget() + " than the limit of " + over.limit() + ": " + over.used())
                .with("which", over.budget(), "limit", over.limit(), "used", over.used())
                .at(place(over.receipt(), over.at(), null));
    }

    private static Problem invalid(Reply.ScriptInvalid invalid, String machine) {
        var problem = Problem.of(Kind.SCRIPT_INVALID, invalid.message());
        if (invalid.line() == 0) {
            return problem.with("file", invalid.file()).on(machine);
        }
        var source = invalid.sourceLine();
        return problem.with("file", invalid.file(), "line", invalid.line(), "source", source == null ? "" : source)
                .at(new Place(machine, 0, 0, invalid.file() + ":" + invalid.line(), null));
    }

    private static Place place(Reply.Receipt receipt, @Nullable String at, @Nullable String traceback) {
        return new Place(receipt.machine(), receipt.index(), receipt.version(), at, traceback);
    }

    /** Of an answer that a script gave; null for others. */
    static Reply.@Nullable Receipt receipt(Reply reply) {
        return reply instanceof Reply.BatchFailed failed ? receipt(failed.cause()) : Reply.receipt(reply);
    }

    private static Kind kind(Reply.Refusal refusal) {
        return switch (refusal) {
            case NO_SUCH_MACHINE -> Kind.NO_SUCH_MACHINE;
            case NO_SUCH_COMMAND -> Kind.NO_SUCH_COMMAND;
            case NO_SUCH_QUERY -> Kind.NO_SUCH_QUERY;
            case NO_SUCH_VERSION -> Kind.NO_SUCH_VERSION;
            case VERSION_MISMATCH -> Kind.VERSION_MISMATCH;
            case IDEMPOTENCY_KEY_REUSED -> Kind.IDEMPOTENCY_KEY_REUSED;
            case NOT_RETAINED -> Kind.NOT_RETAINED;
            case NO_SUCH_TOKEN -> Kind.NO_SUCH_TOKEN;
            case TOKEN_EXISTS -> Kind.TOKEN_EXISTS;
            case ADMIN_NEEDED -> Kind.ADMIN_NEEDED;
            case NOT_EMPTY -> Kind.NOT_EMPTY;
            case RESTORE_INTERRUPTED -> Kind.RESTORE_INTERRUPTED;
            case ARCHIVE_DAMAGED -> Kind.ARCHIVE_DAMAGED;
            case TOO_LARGE -> Kind.TOO_LARGE;
        };
    }

    private static Kind kind(Reply.Why why) {
        return switch (why) {
            case NO_LEADER -> Kind.NO_LEADER;
            case OVERLOADED -> Kind.OVERLOADED;
            case SHUTTING_DOWN -> Kind.SHUTTING_DOWN;
            case NOT_CAUGHT_UP -> Kind.NOT_CAUGHT_UP;
            case DIVERGED -> Kind.DIVERGED;
        };
    }
}
