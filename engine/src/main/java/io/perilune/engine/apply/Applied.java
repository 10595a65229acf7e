package io.perilune.engine.apply;

import io.perilune.engine.Reply;
import io.perilune.scripting.Bytes;
import java.util.List;

/** What the node that proposed an entry learns of it. */
public record Applied(Reply reply, List<Bytes> log) {}
