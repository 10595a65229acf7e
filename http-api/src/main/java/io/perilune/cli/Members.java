package io.perilune.cli;

import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;
import picocli.CommandLine;
import picocli.CommandLine.TypeConversionException;

/** {@code 1=HOST:PORT,2=HOST:PORT,...}: the nodes that a cluster starts with and their Raft addresses. */
record Members(SortedMap<Long, String> addresses) {
    Members {
        addresses = Collections.unmodifiableSortedMap(new TreeMap<>(addresses));
    }

    static Members parse(String text) {
        var addresses = new TreeMap<Long, String>();
        for (var part : text.split(",", -1)) {
            int equals = part.indexOf('=');
            if (equals < 1 || !part.substring(0, equals).matches("[1-9][0-9]{0,17}")) {
                throw new TypeConversionException("'" + part + "' is not ID=HOST:PORT with an id of 1 or more");
            }
            var address = HostPort.parse(part.substring(equals + 1)).toString();
            if (addresses.containsValue(address)) {
                throw new TypeConversionException("two nodes have the address " + address);
            }
            if (addresses.put(Long.parseLong(part.substring(0, equals)), address) != null) {
                throw new TypeConversionException("node " + part.substring(0, equals) + " is there twice");
            }
        }
        return new Members(addresses);
    }

    static final class Converter implements CommandLine.ITypeConverter<Members> {
        @Override
        public Members convert(String text) {
            return parse(text);
        }
    }
}
