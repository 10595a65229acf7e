package io.perilune.engine.codec;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.UnsafeByteOperations;
import io.perilune.engine.HistoryBounds;
import io.perilune.engine.Request;
import io.perilune.engine.Scope;
import io.perilune.engine.codec.Work.FireTimer;
import io.perilune.engine.codec.Work.Submitted;
import io.perilune.engine.codec.Work.Sweep;
import io.perilune.engine.proto.Entry;
import io.perilune.engine.proto.SourceFile;
import io.perilune.scripting.Bytes;
import io.perilune.scripting.Limits;
import io.perilune.scripting.ValueCodec;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Entries as bytes: {@code Entry} of engine.proto. */
public final class EntryCodec {
    /** To be raised with every change of layout or meaning. */
    public static final int FORMAT = 3;

    private EntryCodec() {}

    public static byte[] encode(Instruction instruction) {
        var entry = Entry.newBuilder().setFormat(format(instruction.work())).setSeed(instruction.seed());
        put(entry, instruction.work());
        return entry.build().toByteArray();
    }

    /** The least that knows it, so that a cluster can be upgraded node by node. */
    private static int format(Work work) {
        if (work instanceof Submitted submitted && submitted.request() instanceof Request.Administration) {
            return 3;
        }
        var isLater = work instanceof Work.Oversight
                || work instanceof Submitted submitted
                        && submitted.request() instanceof Request.SetLimits set
                        && set.history() != null;
        return isLater ? 2 : 1;
    }

    private static void put(Entry.Builder entry, Work work) {
        if (work instanceof Submitted submitted) {
            put(entry, submitted.request());
        } else if (work instanceof FireTimer fire) {
            entry.getFireTimerBuilder()
                    .setMachine(fire.machine())
                    .setId(fire.id())
                    .setDue(fire.due());
        } else if (work instanceof Sweep sweep) {
            entry.getSweepBuilder().setMachine(sweep.machine());
        } else if (work instanceof Work.Check) {
            entry.getCheckBuilder();
        } else if (work instanceof Work.Claim claim) {
            entry.getClaimBuilder()
                    .setIndex(claim.index())
                    .setNode(claim.node())
                    .setFormat(claim.format())
                    .setDigest(wrap(claim.digest()));
        } else {
            throw new IllegalStateException("no encoding for " + work);
        }
    }

    private static void put(Entry.Builder entry, Request request) {
        if (request instanceof Request.Call call) {
            entry.setCall(message(call).setMachine(call.machine()));
        } else if (request instanceof Request.AtomicBatch batch) {
            entry.getBatchBuilder().setMachine(batch.machine());
            batch.calls().forEach(call -> entry.getBatchBuilder().addCalls(message(call)));
        } else if (request instanceof Request.Deploy deploy) {
            put(entry.getDeployBuilder(), deploy);
        } else if (request instanceof Request.Activate activate) {
            entry.getActivateBuilder().setMachine(activate.machine()).setVersion(activate.version());
            if (activate.expected() != null) {
                entry.getActivateBuilder().setExpected(activate.expected());
            }
        } else if (request instanceof Request.SetLimits set) {
            entry.getSetLimitsBuilder().setMachine(set.machine()).setLimits(message(set.limits()));
            if (set.history() != null) {
                entry.getSetLimitsBuilder().setHistory(message(set.history()));
            }
        } else if (request instanceof Request.Delete delete) {
            entry.getDeleteBuilder().setMachine(delete.machine());
        } else if (request instanceof Request.Administration administration) {
            put(entry, administration);
        } else {
            throw new IllegalStateException("no encoding for " + request);
        }
    }

    private static void put(Entry.Builder entry, Request.Administration request) {
        if (request instanceof Request.CreateToken create) {
            entry.getCreateTokenBuilder()
                    .setName(create.name())
                    .setHash(wrap(create.hash()))
                    .addAllScopes(texts(create.scopes()))
                    .setTtlMs(create.ttlMillis());
        } else if (request instanceof Request.RevokeToken revoke) {
            entry.getRevokeTokenBuilder().setName(revoke.name());
        } else if (request instanceof Request.RestorePart part) {
            entry.setRestorePart(message(part.id(), part.number(), part.bytes()));
        } else if (request instanceof Request.FinishRestore finish) {
            entry.getFinishRestoreBuilder().setId(finish.id());
        } else {
            throw new IllegalStateException("no encoding for " + request);
        }
    }

    static List<String> texts(List<Scope> scopes) {
        return scopes.stream().map(Scope::toString).toList();
    }

    static io.perilune.engine.proto.RestorePart message(String id, int number, Bytes bytes) {
        return io.perilune.engine.proto.RestorePart.newBuilder()
                .setId(id)
                .setNumber(number)
                .setBytes(wrap(bytes))
                .build();
    }

    private static io.perilune.engine.proto.Call.Builder message(Request.Call call) {
        return io.perilune.engine.proto.Call.newBuilder()
                .setName(orEmpty(call.name()))
                .setArgument(wrap(call.argument()))
                .setKey(orEmpty(call.key()))
                .setCaller(orEmpty(call.caller()))
                .setTraceparent(orEmpty(call.traceparent()));
    }

    private static void put(io.perilune.engine.proto.Deploy.Builder message, Request.Deploy deploy) {
        message.setMachine(deploy.machine()).setActivate(deploy.activate()).addAllFiles(messages(deploy.files()));
        if (deploy.expected() != null) {
            message.setExpected(deploy.expected());
        }
    }

    public static List<SourceFile> messages(SortedMap<String, Bytes> files) {
        var messages = new ArrayList<SourceFile>(files.size());
        files.forEach((name, content) -> messages.add(
                SourceFile.newBuilder().setName(name).setContent(wrap(content)).build()));
        return messages;
    }

    public static io.perilune.engine.proto.Limits message(Limits limits) {
        return io.perilune.engine.proto.Limits.newBuilder()
                .setGas(limits.gas())
                .setQueryGas(limits.queryGas())
                .setDepth(limits.depth())
                .setStringBytes(limits.stringBytes())
                .setMemoryBytes(limits.memoryBytes())
                .setKeyBytes(limits.keyBytes())
                .setValueBytes(limits.valueBytes())
                .setWrites(limits.writes())
                .setEvents(limits.events())
                .setLogLines(limits.logLines())
                .build();
    }

    /**
     * What an entry asks for, or nothing where the bytes are no entry: such an entry does nothing, on every replica.
     *
     * @throws IllegalStateException if the entry is of a later format: to pass over what other replicas understand
     *     would be to fall out of step with them in silence
     */
    public static Optional<Instruction> decode(ByteBuffer bytes) {
        try {
            var entry = Entry.parseFrom(bytes);
            if (Integer.compareUnsigned(entry.getFormat(), FORMAT) > 0) {
                throw new IllegalStateException("an entry has format " + Integer.toUnsignedString(entry.getFormat())
                        + ", this node knows formats up to " + FORMAT + ": it needs a later version of Perilune");
            }
            return entry.getFormat() == 0
                    ? Optional.empty()
                    : work(entry).map(work -> new Instruction(entry.getSeed(), work));
        } catch (InvalidProtocolBufferException | IllegalArgumentException nonsense) {
            return Optional.empty();
        }
    }

    private static Optional<Work> work(Entry entry) {
        return switch (entry.getWorkCase()) {
            case CALL -> submitted(call(entry.getCall().getMachine(), entry.getCall()));
            case BATCH -> submitted(batch(entry.getBatch()));
            case DEPLOY -> submitted(deploy(entry.getDeploy()));
            case ACTIVATE -> submitted(activate(entry.getActivate()));
            case SET_LIMITS ->
                submitted(new Request.SetLimits(
                        entry.getSetLimits().getMachine(),
                        limits(entry.getSetLimits().getLimits()),
                        entry.getSetLimits().hasHistory()
                                ? bounds(entry.getSetLimits().getHistory())
                                : null));
            case DELETE -> submitted(new Request.Delete(entry.getDelete().getMachine()));
            case FIRE_TIMER ->
                Optional.of(new FireTimer(
                        entry.getFireTimer().getMachine(),
                        entry.getFireTimer().getId(),
                        entry.getFireTimer().getDue()));
            case SWEEP -> Optional.of(new Sweep(entry.getSweep().getMachine()));
            case CHECK -> Optional.of(new Work.Check());
            case CLAIM ->
                Optional.of(new Work.Claim(
                        entry.getClaim().getIndex(),
                        entry.getClaim().getNode(),
                        entry.getClaim().getFormat(),
                        unwrap(entry.getClaim().getDigest())));
            case CREATE_TOKEN ->
                submitted(new Request.CreateToken(
                        entry.getCreateToken().getName(),
                        unwrap(entry.getCreateToken().getHash()),
                        scopes(entry.getCreateToken().getScopesList()),
                        entry.getCreateToken().getTtlMs()));
            case REVOKE_TOKEN ->
                submitted(new Request.RevokeToken(entry.getRevokeToken().getName()));
            case RESTORE_PART ->
                submitted(new Request.RestorePart(
                        entry.getRestorePart().getId(),
                        entry.getRestorePart().getNumber(),
                        unwrap(entry.getRestorePart().getBytes())));
            case FINISH_RESTORE ->
                submitted(new Request.FinishRestore(entry.getFinishRestore().getId()));
            case WORK_NOT_SET -> Optional.empty();
        };
    }

    /** @throws IllegalArgumentException if one is none */
    static List<Scope> scopes(List<String> texts) {
        return texts.stream().map(Scope::parse).toList();
    }

    private static Optional<Work> submitted(Request request) {
        return Optional.of(new Submitted(request));
    }

    private static Request.Call call(String machine, io.perilune.engine.proto.Call message) {
        var argument = unwrap(message.getArgument());
        // A script must never meet an argument that is not canonical, whoever sent it.
        ValueCodec.decode(argument);
        return new Request.Call(
                machine,
                orNull(message.getName()),
                argument,
                orNull(message.getKey()),
                orNull(message.getCaller()),
                orNull(message.getTraceparent()));
    }

    private static Request batch(io.perilune.engine.proto.AtomicBatch message) {
        var calls = message.getCallsList().stream()
                .map(call -> call(message.getMachine(), call))
                .toList();
        return new Request.AtomicBatch(message.getMachine(), calls);
    }

    private static Request deploy(io.perilune.engine.proto.Deploy message) {
        return new Request.Deploy(
                message.getMachine(),
                files(message.getFilesList()),
                message.getActivate(),
                message.hasExpected() ? message.getExpected() : null);
    }

    private static Request activate(io.perilune.engine.proto.Activate message) {
        return new Request.Activate(
                message.getMachine(), message.getVersion(), message.hasExpected() ? message.getExpected() : null);
    }

    /** @throws IllegalArgumentException unless names ascend strictly */
    public static SortedMap<String, Bytes> files(List<SourceFile> messages) {
        var files = new TreeMap<String, Bytes>();
        for (var file : messages) {
            if (!files.isEmpty() && files.lastKey().compareTo(file.getName()) >= 0) {
                throw new IllegalArgumentException("file names do not ascend: " + file.getName());
            }
            files.put(file.getName(), unwrap(file.getContent()));
        }
        return files;
    }

    /** @throws IllegalArgumentException if one is below its least value */
    public static Limits limits(io.perilune.engine.proto.Limits message) {
        return new Limits(
                message.getGas(),
                message.getQueryGas(),
                message.getDepth(),
                message.getStringBytes(),
                message.getMemoryBytes(),
                message.getKeyBytes(),
                message.getValueBytes(),
                message.getWrites(),
                message.getEvents(),
                message.getLogLines());
    }

    static io.perilune.engine.proto.HistoryBounds message(HistoryBounds bounds) {
        return io.perilune.engine.proto.HistoryBounds.newBuilder()
                .setBytes(bounds.bytes())
                .setMillis(bounds.millis())
                .build();
    }

    /** @throws IllegalArgumentException if one is out of range */
    static HistoryBounds bounds(io.perilune.engine.proto.HistoryBounds message) {
        return new HistoryBounds(message.getBytes(), message.getMillis());
    }

    public static ByteString wrap(Bytes bytes) {
        return UnsafeByteOperations.unsafeWrap(bytes.lend());
    }

    public static Bytes unwrap(ByteString bytes) {
        return Bytes.owned(bytes.toByteArray());
    }

    private static String orEmpty(@Nullable String text) {
        return text == null ? "" : text;
    }

    private static @Nullable String orNull(String text) {
        return text.isEmpty() ? null : text;
    }
}
