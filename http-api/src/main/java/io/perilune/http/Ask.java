package io.perilune.http;

import io.perilune.http.access.Caller;
import io.perilune.http.json.JsonFault;
import io.perilune.http.json.JsonReader;
import io.perilune.scripting.Bytes;
import io.perilune.scripting.Value;
import io.undertow.util.HeaderMap;
import java.util.List;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * One request as handlers see it: routed, its parameters known and allowed, its body received whole.
 *
 * @param variables of the path, decoded, in the order of its template
 * @param body empty where there was none; owned
 * @param io the thread of this request's connection, for what is done at once
 * @param worker threads for what takes longer
 */
record Ask(
        List<Bytes> variables,
        Parameters parameters,
        HeaderMap headers,
        Caller caller,
        byte[] body,
        Executor io,
        Executor worker) {
    /** @throws Problem.Thrown if it is no machine's name */
    String machine() {
        return Names.machine(variables.get(0));
    }

    Ask with(byte[] body) {
        return new Ask(variables, parameters, headers, caller, body, io, worker);
    }

    Ask of(Caller caller) {
        return new Ask(variables, parameters, headers, caller, body, io, worker);
    }

    @Nullable
    String header(String name) {
        return headers.getFirst(name);
    }

    /** Of the request, to go on with its command; null for none. */
    @Nullable
    String traceparent() {
        return RequestLog.traceparent(header(RequestLog.TRACE_HEADER));
    }

    /** @throws Problem.Thrown if the body is not JSON, saying where */
    Value json() {
        return json(body, 0, body.length);
    }

    static Value json(byte[] text, int offset, int length) {
        try {
            return JsonReader.read(text, offset, length);
        } catch (JsonFault fault) {
            var problem = Problem.of(Kind.BAD_JSON, fault.detail());
            throw (fault.line() == 0 ? problem : problem.with("line", fault.line(), "column", fault.column())).thrown();
        }
    }
}
