package io.perilune.engine.codec;

import static io.perilune.engine.codec.EntryCodec.unwrap;
import static io.perilune.engine.codec.EntryCodec.wrap;

import com.google.protobuf.InvalidProtocolBufferException;
import io.perilune.engine.Past;
import io.perilune.engine.proto.PastCall;
import io.perilune.engine.proto.PastEntry;
import io.perilune.engine.proto.PastEvent;
import io.perilune.engine.proto.PastTimer;
import io.perilune.engine.proto.PastWrite;
import io.perilune.engine.proto.TimerRecord;
import io.perilune.scripting.Bytes;

/** What entries did, as a machine's history keeps it: {@code PastEntry} of engine.proto. */
public final class HistoryCodec {
    private HistoryCodec() {}

    public static Bytes encode(Past past) {
        var message = PastEntry.newBuilder()
                .setIndex(past.index())
                .setTerm(past.term())
                .setTime(past.time())
                .setVersion(past.version())
                .setAtomic(past.atomic())
                .setUndone(past.undone())
                .setHash(wrap(past.hash()));
        if (past.timer() != null) {
            message.setTimer(past.timer());
        }
        for (var call : past.calls()) {
            message.addCalls(message(call));
        }
        past.writes().forEach(write -> message.addWrites(message(write)));
        for (var event : past.events()) {
            message.addEvents(PastEvent.newBuilder().setType(event.type()).setPayload(wrap(event.payload())));
        }
        for (var line : past.log()) {
            message.addLog(wrap(line));
        }
        if (past.undo() != null) {
            put(message.setReversible(true), past.undo());
        }
        return Bytes.owned(message.build().toByteArray());
    }

    private static void put(PastEntry.Builder message, Past.Undo undo) {
        undo.expired().forEach(write -> message.addExpired(message(write)));
        undo.timers().forEach(timer -> message.addTimers(message(timer)));
        if (undo.limits() != null) {
            message.setLimits(EntryCodec.message(undo.limits()));
        }
    }

    private static PastTimer message(Past.TimerWrite timer) {
        var message = PastTimer.newBuilder().setId(timer.id());
        if (timer.before() != null) {
            message.setOld(message(timer.before()));
        }
        if (timer.after() != null) {
            message.setNew(message(timer.after()));
        }
        return message.build();
    }

    private static TimerRecord message(Past.Pending timer) {
        return TimerRecord.newBuilder()
                .setDue(timer.due())
                .setCommand(timer.command())
                .setArgument(wrap(timer.argument()))
                .build();
    }

    private static PastCall message(Past.Call call) {
        var message = PastCall.newBuilder()
                .setArgument(wrap(call.argument()))
                .setSeed(call.seed())
                .setReply(ReplyCodec.message(call.reply()));
        if (call.name() != null) {
            message.setName(call.name());
        }
        if (call.key() != null) {
            message.setKey(call.key());
        }
        if (call.caller() != null) {
            message.setCaller(call.caller());
        }
        if (call.traceparent() != null) {
            message.setTraceparent(call.traceparent());
        }
        return message.build();
    }

    private static PastWrite message(Past.Write write) {
        var message = PastWrite.newBuilder().setKey(wrap(write.key()));
        if (write.before() != null) {
            message.setOld(wrap(write.before().value()))
                    .setOldExpiry(write.before().expiry());
        }
        if (write.after() != null) {
            message.setNew(wrap(write.after().value()))
                    .setNewExpiry(write.after().expiry());
        }
        return message.build();
    }

    /** @throws IllegalArgumentException if the bytes are no such entry */
    public static Past decode(String machine, Bytes bytes) {
        try {
            return past(machine, PastEntry.parseFrom(bytes.lend()));
        } catch (InvalidProtocolBufferException damaged) {
            throw new IllegalArgumentException("not an entry of a history: " + damaged.getMessage(), damaged);
        }
    }

    static Past past(String machine, PastEntry message) {
        return new Past(
                message.getIndex(),
                message.getTerm(),
                message.getTime(),
                message.getVersion(),
                message.getAtomic(),
                message.getUndone(),
                message.getTimer().isEmpty() ? null : message.getTimer(),
                message.getCallsList().stream().map(call -> call(machine, call)).toList(),
                message.getWritesList().stream().map(HistoryCodec::write).toList(),
                message.getEventsList().stream()
                        .map(event -> new Past.Event(event.getType(), unwrap(event.getPayload())))
                        .toList(),
                message.getLogList().stream().map(EntryCodec::unwrap).toList(),
                unwrap(message.getHash()),
                message.getReversible() ? undo(message) : null);
    }

    private static Past.Undo undo(PastEntry message) {
        return new Past.Undo(
                message.getExpiredList().stream().map(HistoryCodec::write).toList(),
                message.getTimersList().stream().map(HistoryCodec::timer).toList(),
                message.hasLimits() ? EntryCodec.limits(message.getLimits()) : null);
    }

    private static Past.TimerWrite timer(PastTimer message) {
        return new Past.TimerWrite(
                message.getId(),
                message.hasOld() ? pending(message.getOld()) : null,
                message.hasNew() ? pending(message.getNew()) : null);
    }

    private static Past.Pending pending(TimerRecord message) {
        return new Past.Pending(message.getDue(), message.getCommand(), unwrap(message.getArgument()));
    }

    private static Past.Call call(String machine, PastCall message) {
        return new Past.Call(
                message.getName().isEmpty() ? null : message.getName(),
                unwrap(message.getArgument()),
                message.getKey().isEmpty() ? null : message.getKey(),
                message.getCaller().isEmpty() ? null : message.getCaller(),
                message.getSeed(),
                ReplyCodec.reply(machine, message.getReply()),
                message.getTraceparent().isEmpty() ? null : message.getTraceparent());
    }

    private static Past.Write write(PastWrite message) {
        return new Past.Write(
                unwrap(message.getKey()),
                message.hasOld() ? new Past.Item(unwrap(message.getOld()), message.getOldExpiry()) : null,
                message.hasNew() ? new Past.Item(unwrap(message.getNew()), message.getNewExpiry()) : null);
    }
}
