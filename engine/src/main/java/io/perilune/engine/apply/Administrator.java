package io.perilune.engine.apply;

import io.perilune.engine.Reply;
import io.perilune.engine.Reply.Refusal;
import io.perilune.engine.Request;
import io.perilune.engine.Token;
import io.perilune.engine.codec.SnapshotReader;
import io.perilune.engine.state.History;
import io.perilune.engine.state.Machine;
import io.perilune.engine.state.Restoring;
import io.perilune.engine.state.World;
import io.perilune.scripting.Bytes;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.pcollections.TreePMap;
import org.pcollections.TreePVector;

/** What entries about the whole cluster do: who may use it, and how an archive becomes its state. */
final class Administrator {
    private Administrator() {}

    static Step apply(World world, Request.Administration request) {
        var refusal = Ceilings.refusal(request);
        if (refusal.isPresent()) {
            return done(world, refusal.get());
        }
        if (request instanceof Request.CreateToken create) {
            return create(world, create);
        } else if (request instanceof Request.RevokeToken revoke) {
            return revoke(world, revoke.name());
        } else if (request instanceof Request.RestorePart part) {
            return take(world, part);
        } else if (request instanceof Request.FinishRestore finish) {
            return finish(world, finish.id());
        }
        throw new IllegalStateException("no rule for " + request);
    }

    // ---- tokens

    private static Step create(World world, Request.CreateToken create) {
        var tokens = unexpired(world.tokens(), world.time());
        if (tokens.containsKey(create.name())) {
            return refused(world, Refusal.TOKEN_EXISTS, "there is a token " + create.name() + " already");
        }
        if (tokens.size() >= Ceilings.TOKENS) {
            return refused(world, Refusal.TOO_LARGE, "there are " + Ceilings.TOKENS + " tokens already");
        }
        var token = new Token(
                create.name(),
                create.hash(),
                create.scopes(),
                world.time(),
                create.ttlMillis() == 0 ? Long.MAX_VALUE : world.time() + create.ttlMillis());
        if (tokens.values().stream().noneMatch(Administrator::isLasting) && !isLasting(token)) {
            return refused(
                    world,
                    Refusal.ADMIN_NEEDED,
                    "from the first token on everybody needs one; so it has to have the scope admin, and no ttl_ms");
        }
        return done(world.withTokens(tokens.plus(token.name(), token)), new Reply.TokenCreated(token, world.index()));
    }

    private static TreePMap<String, Token> unexpired(TreePMap<String, Token> tokens, long now) {
        var left = tokens;
        for (var token : tokens.values()) {
            left = token.isExpired(now) ? left.minus(token.name()) : left;
        }
        return left;
    }

    /** Whether it can administer the cluster for ever, so that somebody can. */
    private static boolean isLasting(Token token) {
        return token.isAdmin() && token.expiry() == Long.MAX_VALUE;
    }

    private static Step revoke(World world, String name) {
        if (!world.tokens().containsKey(name)) {
            return refused(world, Refusal.NO_SUCH_TOKEN, "there is no token " + name);
        }
        var left = world.tokens().minus(name);
        return left.values().stream().noneMatch(Administrator::isLasting)
                ? refused(
                        world,
                        Refusal.ADMIN_NEEDED,
                        "token " + name
                                + " is the last with the scope admin that does not expire; create another first")
                : done(world.withTokens(left), new Reply.TokenRevoked(name, world.index()));
    }

    // ---- restoring

    private static Step take(World world, Request.RestorePart part) {
        var occupied = occupied(world);
        if (occupied != null) {
            return occupied;
        }
        var begun = part.number() == 0 ? new Restoring(part.id(), TreePVector.empty(), 0) : world.restoring();
        if (!begun.id().equals(part.id()) || begun.parts().size() != part.number()) {
            return interrupted(world);
        }
        var restoring = begun.plus(part.bytes());
        return restoring.bytes() > Ceilings.ARCHIVE_BYTES
                ? refused(
                        world.with(Restoring.NONE),
                        Refusal.TOO_LARGE,
                        "an archive can have at most " + Ceilings.ARCHIVE_BYTES + " bytes")
                : done(world.with(restoring), new Reply.PartTaken(part.number(), world.index()));
    }

    private static @Nullable Step occupied(World world) {
        return world.machines().isEmpty()
                ? null
                : refused(
                        world.with(Restoring.NONE),
                        Refusal.NOT_EMPTY,
                        "an archive is restored into an empty cluster; this one has "
                                + world.machines().size() + " machines");
    }

    private static Step interrupted(World world) {
        return refused(
                world,
                Refusal.RESTORE_INTERRUPTED,
                "another restore has begun, or a part of this one is missing; begin again");
    }

    private static Step finish(World world, String id) {
        var occupied = occupied(world);
        if (occupied != null) {
            return occupied;
        }
        if (!world.restoring().id().equals(id)) {
            return interrupted(world);
        }
        try {
            return done(world, SnapshotReader.read(stream(world.restoring().parts())));
        } catch (IOException damaged) {
            return refused(world.with(Restoring.NONE), Refusal.ARCHIVE_DAMAGED, String.valueOf(damaged.getMessage()));
        }
    }

    private static InputStream stream(List<Bytes> parts) {
        return new SequenceInputStream(Collections.enumeration(parts.stream()
                .map(part -> new ByteArrayInputStream(part.lend()))
                .toList()));
    }

    /**
     * Indexes are those of this cluster's log, so they begin anew: what was recorded under the old ones (histories) is
     * left behind. Answers to idempotency keys stay.
     */
    private static Step done(World world, World archived) {
        var machines = TreePMap.<String, Machine>empty();
        var keys = 0L;
        for (var machine : archived.machines().values()) {
            var history = History.restoring(machine.history().bounds(), world.index());
            machines = machines.plus(machine.name(), machine.with(history).sealed(world.index(), machine.hash()));
            keys += machine.keyspace().count();
        }
        var tokens = archived.tokens().plusAll(world.tokens());
        var restored = world.at(world.index(), world.term(), archived.time())
                .withMachines(machines)
                .withTokens(tokens)
                .with(Restoring.NONE);
        return done(restored, new Reply.Restored(machines.size(), keys, tokens.size(), world.index()));
    }

    private static Step done(World world, Reply reply) {
        return new Step(world, reply, List.of(), List.of(), List.of());
    }

    private static Step refused(World world, Refusal refusal, String detail) {
        return done(world, Replies.refused(refusal, detail, null));
    }
}
