package io.perilune.cli;

import io.perilune.client.Api;
import picocli.CommandLine;

/** {@code MACHINE} or {@code MACHINE/NAME}. */
record Target(String machine, String name) {
    static Target parse(String text) {
        int slash = text.indexOf('/');
        return slash < 0 ? new Target(text, "") : new Target(text.substring(0, slash), text.substring(slash + 1));
    }

    String path(String kind) {
        var base = "/v1/machines/" + Api.escape(machine) + "/" + kind;
        return name.isEmpty() ? base : base + "/" + Api.escape(name);
    }

    static final class Converter implements CommandLine.ITypeConverter<Target> {
        @Override
        public Target convert(String text) {
            return parse(text);
        }
    }
}
