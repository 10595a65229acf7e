package io.perilune.http;

import io.undertow.server.HttpServerExchange;

/** The rest of an answer that does not end by itself. */
interface Streaming {
    /** Called once, by the connection's thread, when status and headers are set; owns the exchange from then on. */
    void begin(HttpServerExchange exchange);
}
