package io.perilune.engine.codec;

import static io.perilune.engine.codec.EntryCodec.unwrap;
import static io.perilune.engine.codec.EntryCodec.wrap;

import com.google.protobuf.InvalidProtocolBufferException;
import io.perilune.engine.Reply;
import io.perilune.engine.Reply.Receipt;
import io.perilune.engine.proto.RememberedReply;
import io.perilune.scripting.Bytes;

/** Replies as machines remember them: {@code RememberedReply} of engine.proto. */
public final class ReplyCodec {
    private ReplyCodec() {}

    /** Whether a script gave this answer, so that the same command sent again has to get it again. */
    public static boolean memorable(Reply reply) {
        return reply instanceof Reply.Done
                || reply instanceof Reply.Rejected
                || reply instanceof Reply.Failed
                || reply instanceof Reply.OverBudget;
    }

    /** @param reply one that is {@link #memorable} */
    public static Bytes encode(Reply reply) {
        return Bytes.owned(message(reply).toByteArray());
    }

    static RememberedReply message(Reply reply) {
        var message = RememberedReply.newBuilder();
        if (reply instanceof Reply.Done done) {
            put(message, done.receipt()).getDoneBuilder().setResult(wrap(done.result()));
        } else if (reply instanceof Reply.Rejected rejected) {
            put(put(message, rejected.receipt()).getRejectedBuilder(), rejected);
        } else if (reply instanceof Reply.Failed failed) {
            var end = put(message, failed.receipt())
                    .getFailedBuilder()
                    .setMessage(failed.message())
                    .setTraceback(failed.traceback());
            if (failed.at() != null) {
                end.setAt(failed.at());
            }
        } else if (reply instanceof Reply.OverBudget over) {
            var end = put(message, over.receipt())
                    .getOverBudgetBuilder()
                    .setBudget(over.budget())
                    .setLimit(over.limit())
                    .setUsed(over.used());
            if (over.at() != null) {
                end.setAt(over.at());
            }
        } else {
            throw new IllegalStateException("not a reply to remember: " + reply);
        }
        return message.build();
    }

    private static void put(RememberedReply.Rejected.Builder end, Reply.Rejected rejected) {
        end.setCode(rejected.code()).setMessage(rejected.message()).setStatus(rejected.status());
        if (rejected.details() != null) {
            end.setDetails(wrap(rejected.details()));
        }
        if (rejected.at() != null) {
            end.setAt(rejected.at());
        }
    }

    private static RememberedReply.Builder put(RememberedReply.Builder message, Receipt receipt) {
        return message.setIndex(receipt.index())
                .setTerm(receipt.term())
                .setVersion(receipt.version())
                .setGas(receipt.gas())
                .setWrites(receipt.writes())
                .setEvents(receipt.events())
                .setTime(receipt.time());
    }

    /**
     * The reply again, marked as replayed.
     *
     * @throws IllegalArgumentException if the bytes are no reply
     */
    public static Reply decode(String machine, Bytes bytes) {
        try {
            var message = RememberedReply.parseFrom(bytes.lend());
            return reply(machine, message);
        } catch (InvalidProtocolBufferException damaged) {
            throw new IllegalArgumentException("not a remembered reply: " + damaged.getMessage(), damaged);
        }
    }

    static Reply reply(String machine, RememberedReply message) {
        var receipt = receipt(machine, message);
        return switch (message.getEndCase()) {
            case DONE -> new Reply.Done(receipt, unwrap(message.getDone().getResult()));
            case REJECTED -> {
                var end = message.getRejected();
                yield new Reply.Rejected(
                        receipt,
                        end.getCode(),
                        end.getMessage(),
                        end.hasDetails() ? unwrap(end.getDetails()) : null,
                        end.getStatus(),
                        end.hasAt() ? end.getAt() : null);
            }
            case FAILED -> {
                var end = message.getFailed();
                yield new Reply.Failed(receipt, end.getMessage(), end.hasAt() ? end.getAt() : null, end.getTraceback());
            }
            case OVER_BUDGET -> {
                var end = message.getOverBudget();
                yield new Reply.OverBudget(
                        receipt, end.getBudget(), end.getLimit(), end.getUsed(), end.hasAt() ? end.getAt() : null);
            }
            case END_NOT_SET -> throw new IllegalArgumentException("a remembered reply without an end");
        };
    }

    private static Receipt receipt(String machine, RememberedReply message) {
        return new Receipt(
                machine,
                message.getIndex(),
                message.getTerm(),
                message.getVersion(),
                message.getGas(),
                message.getWrites(),
                message.getEvents(),
                message.getTime(),
                true);
    }
}
