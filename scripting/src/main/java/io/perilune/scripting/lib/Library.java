package io.perilune.scripting.lib;

import io.perilune.scripting.vm.Builtin;
import io.perilune.scripting.vm.Meter;
import io.perilune.scripting.vm.Strings;
import io.perilune.scripting.vm.Table;
import org.luaj.vm2.LuaString;
import org.luaj.vm2.LuaValue;

/** A library's table in the making. The table belongs to no call: share it or copy it into a script's globals. */
final class Library {
    private final String name;
    private final Table table = new Table(Meter.unlimited());

    Library(String name) {
        this.name = name;
    }

    Library with(String function, Builtin.Body body) {
        return with(function, Builtin.of(name + "." + function, body));
    }

    Library with(String field, LuaValue value) {
        table.set((LuaString) Strings.utf8(field), value);
        return this;
    }

    Table table() {
        return table;
    }
}
