package io.perilune.engine.codec;

import static io.perilune.engine.codec.EntryCodec.unwrap;
import static io.perilune.engine.codec.EntryCodec.wrap;

import com.google.protobuf.InvalidProtocolBufferException;
import io.perilune.engine.Past;
import io.perilune.engine.proto.PastCall;
import io.perilune.engine.proto.PastEntry;
import io.perilune.engine.proto.PastEvent;
import io.perilune.engine.proto.PastWrite;
import io.perilune.scripting.Bytes;

/** What commands did, as a machine's history keeps it: {@code PastEntry} of engine.proto. */
public final class HistoryCodec {
    private HistoryCodec() {}

    public static Bytes encode(Past past) {
        var message = PastEntry.newBuilder()
                .setIndex(past.index())
                .setTerm(past.term())
                .setTime(past.time())
                .setVersion(past.version())
                .setAtomic(past.atomic())
                .setHash(wrap(past.hash()));
        if (past.timer() != null) {
            message.setTimer(past.timer());
        }
        for (var call : past.calls()) {
            message.addCalls(message(call));
        }
        for (var write : past.writes()) {
            message.addWrites(message(write));
        }
        for (var event : past.events()) {
            message.addEvents(PastEvent.newBuilder().setType(event.type()).setPayload(wrap(event.payload())));
        }
        for (var line : past.log()) {
            message.addLog(wrap(line));
        }
        return Bytes.owned(message.build().toByteArray());
    }

    private static PastCall message(Past.Call call) {
        var message =
                PastCall.newBuilder().setArgument(wrap(call.argument())).setReply(ReplyCodec.message(call.reply()));
        if (call.name() != null) {
            message.setName(call.name());
        }
        if (call.key() != null) {
            message.setKey(call.key());
        }
        if (call.caller() != null) {
            message.setCaller(call.caller());
        }
        return message.build();
    }

    private static PastWrite message(Past.Write write) {
        var message = PastWrite.newBuilder().setKey(wrap(write.key()));
        if (write.before() != null) {
            message.setOld(wrap(write.before()));
        }
        if (write.after() != null) {
            message.setNew(wrap(write.after()));
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
                message.getTimer().isEmpty() ? null : message.getTimer(),
                message.getCallsList().stream().map(call -> call(machine, call)).toList(),
                message.getWritesList().stream().map(HistoryCodec::write).toList(),
                message.getEventsList().stream()
                        .map(event -> new Past.Event(event.getType(), unwrap(event.getPayload())))
                        .toList(),
                message.getLogList().stream().map(EntryCodec::unwrap).toList(),
                unwrap(message.getHash()));
    }

    private static Past.Call call(String machine, PastCall message) {
        return new Past.Call(
                message.getName().isEmpty() ? null : message.getName(),
                unwrap(message.getArgument()),
                message.getKey().isEmpty() ? null : message.getKey(),
                message.getCaller().isEmpty() ? null : message.getCaller(),
                ReplyCodec.reply(machine, message.getReply()));
    }

    private static Past.Write write(PastWrite message) {
        return new Past.Write(
                unwrap(message.getKey()),
                message.hasOld() ? unwrap(message.getOld()) : null,
                message.hasNew() ? unwrap(message.getNew()) : null);
    }
}
