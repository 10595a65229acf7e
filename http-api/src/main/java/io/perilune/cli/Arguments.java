package io.perilune.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.util.RawValue;
import io.perilune.client.Api;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;

/** {@code k=v} for text and {@code k:=json} for everything else, as in HTTPie; one lone {@code json} is itself. */
final class Arguments {
    private Arguments() {}

    /** @return a JSON text; {@code null} where there are no arguments */
    static String json(List<String> arguments, CommandSpec command) {
        if (arguments.isEmpty()) {
            return "null";
        }
        if (arguments.size() == 1 && !arguments.get(0).contains("=")) {
            return checked(arguments.get(0), arguments.get(0), command);
        }
        ObjectNode fields = Api.JSON.createObjectNode();
        for (var argument : arguments) {
            int equals = argument.indexOf('=');
            if (equals < 1) {
                throw wrong(argument, command);
            }
            boolean raw = argument.charAt(equals - 1) == ':';
            var name = argument.substring(0, raw ? equals - 1 : equals);
            var text = argument.substring(equals + 1);
            if (raw) {
                fields.putRawValue(name, new RawValue(checked(text, argument, command)));
            } else {
                fields.put(name, text);
            }
        }
        return fields.toString();
    }

    private static String checked(String json, String argument, CommandSpec command) {
        try {
            Api.JSON.readTree(json);
            return json;
        } catch (JsonProcessingException notJson) {
            throw wrong(argument, command);
        }
    }

    private static CommandLine.ParameterException wrong(String argument, CommandSpec command) {
        return new CommandLine.ParameterException(
                command.commandLine(), "'" + argument + "' is neither name=text nor name:=json");
    }
}
