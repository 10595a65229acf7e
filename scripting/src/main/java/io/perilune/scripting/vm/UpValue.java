package io.perilune.scripting.vm;

import org.luaj.vm2.LuaValue;

/** A variable that a closure shares with its surroundings: a register while its function runs, then a cell of its own. */
final class UpValue {
    LuaValue[] cells;
    int place;

    UpValue(LuaValue[] cells, int place) {
        this.cells = cells;
        this.place = place;
    }

    LuaValue get() {
        return cells[place];
    }

    void set(LuaValue value) {
        cells[place] = value;
    }

    void close() {
        cells = new LuaValue[] {cells[place]};
        place = 0;
    }
}
