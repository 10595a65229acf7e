package io.perilune.scripting.random;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Writes Lua programs at random, from a seed: functions, closures, loops of every kind, goto, metatables, coroutines,
 * protected calls, strings. Most of what they do makes sense, some is an error; what happens is told by calls of {@code
 * show}. They end by themselves: every loop and every call burns a counter, and texts are cut. They leave alone what
 * differs between implementations (addresses, the order of {@code pairs}, the length of tables with holes).
 */
final class RandomProgram {
    private static final String PRELUDE = """
            local fuel = 700
            local function burn() fuel = fuel - 1; return fuel < 0 end
            local function shown(v)
              local kind = type(v)
              if kind == "number" then return v ~= v and "nan" or tostring(v) end
              if kind == "string" then return '"' .. v .. '"' end
              if kind == "table" or kind == "function" or kind == "thread" then return kind end
              return tostring(v)
            end
            local function show(...)
              local all = { ... }
              for i = 1, select("#", ...) do all[i] = shown(all[i]) end
              out(table.concat(all, " "))
            end
            local Point = {}
            Point.__index = Point
            Point.__add = function(a, b) return type(a) == "table" and (a.x or 1) or 2 end
            Point.__sub = function(a, b) return a, b end
            Point.__unm = function(a) return a.x end
            Point.__concat = function(a, b) return "joined" end
            Point.__len = function(a) return a.n or 3 end
            Point.__eq = function(a, b) return a.x == b.x end
            Point.__lt = function(a, b) return (a.x or 0) < (b.x or 0) end
            Point.__le = function(a, b) return (a.x or 0) <= (b.x or 0) end
            Point.__call = function(self, a) if burn() then return 0 end return a end
            Point.__newindex = function(t, k, v) rawset(t, k, v) end
            function Point.moved(self, by) if burn() then return self end self.x = (self.x or 0) + by return self end
            function Point:twice() return (self.x or 1) * 2 end
            local Lazy = setmetatable({}, { __index = function(t, k) return k end })
            """;

    private static final int FUNCTIONS = 4;
    private static final int FUNCTION_STATEMENTS = 14;

    private enum Kind {
        NUMBER,
        TEXT,
        BOOLEAN,
        LIST,
        POINT,
        FUNCTION,
        ANY
    }

    private record Variable(String name, Kind kind) {}

    private final SplittableRandom random;
    private final StringBuilder text = new StringBuilder(PRELUDE);
    private final List<Variable> visible = new ArrayList<>();
    private int names;
    private int indent;
    private int loops;
    private int functions;
    private boolean varargs = true;
    private boolean inLoop;
    private boolean inCoroutine;
    private int room;

    RandomProgram(long seed) {
        random = new SplittableRandom(seed);
    }

    /** A chunk that reports to a global function {@code out(text)}. */
    String source() {
        declare(Kind.NUMBER);
        declare(Kind.TEXT);
        declare(Kind.LIST);
        declare(Kind.POINT);
        declare(Kind.NUMBER);
        var called = new ArrayList<String>();
        for (int i = 0; i < FUNCTIONS; i++) {
            room = FUNCTION_STATEMENTS;
            called.add(localFunction());
        }
        line("for round = 1, 5 do");
        indent++;
        for (String name : called) {
            line("show(pcall(" + name + ", round, " + expression(Kind.ANY, 1) + "))");
        }
        for (int i = 0; i < 2; i++) {
            room = FUNCTION_STATEMENTS;
            line("show(pcall(function" + functionRest(null) + ", round, 1))");
        }
        indent--;
        line("end");
        if (chance(30)) {
            line("show(" + arithmetic(2) + ")");
        }
        room = FUNCTION_STATEMENTS;
        block(4);
        line("show(fuel, "
                + visible.stream()
                        .filter(variable -> variable.kind != Kind.FUNCTION)
                        .limit(12)
                        .map(Variable::name)
                        .reduce((a, b) -> a + ", " + b)
                        .orElse("nil")
                + ")");
        return text.toString();
    }

    private boolean chance(int percent) {
        return random.nextInt(100) < percent;
    }

    private String any(String... choices) {
        return choices[random.nextInt(choices.length)];
    }

    private void line(String code) {
        text.append("  ".repeat(indent)).append(code).append('\n');
    }

    private String fresh() {
        return "v" + ++names;
    }

    private Kind someKind() {
        return switch (random.nextInt(10)) {
            case 0, 1, 2, 3 -> Kind.NUMBER;
            case 4, 5 -> Kind.TEXT;
            case 6 -> Kind.BOOLEAN;
            case 7 -> Kind.LIST;
            case 8 -> Kind.POINT;
            default -> Kind.FUNCTION;
        };
    }

    private void declare(Kind kind) {
        String value = expression(kind, 2);
        String name = fresh();
        line("local " + name + " = " + value);
        visible.add(new Variable(name, kind));
    }

    private void block(int statements) {
        int outer = visible.size();
        indent++;
        for (int i = 0; i < statements && room > 0; i++) {
            statement();
        }
        indent--;
        while (visible.size() > outer) {
            visible.remove(visible.size() - 1);
        }
    }

    private void statement() {
        room--;
        switch (random.nextInt(22)) {
            case 0, 1, 2 -> declare(someKind());
            case 3, 4, 5 -> assign();
            case 6 -> line("show(" + expression(Kind.ANY, 3) + ", " + expression(Kind.NUMBER, 2) + ")");
            case 7 -> branch();
            case 8, 9 -> numericLoop();
            case 10 -> whileLoop();
            case 11 -> repeatLoop();
            case 12 -> genericLoop();
            case 13 -> localFunction();
            case 14 -> protectedCall();
            case 15 -> coroutine();
            case 16, 17 -> tableStore();
            case 18 -> line(any("show", "burn") + "(" + call() + ")");
            case 19 -> severalAtOnce();
            case 20 -> gotoLoop();
            default -> leave();
        }
    }

    private void assign() {
        Kind kind = someKind();
        String name = variable(kind);
        if (name == null || kind == Kind.FUNCTION) {
            declare(kind);
        } else {
            line(name + " = " + (kind == Kind.TEXT ? cut(expression(kind, 3)) : expression(kind, 3)));
        }
    }

    private static String cut(String code) {
        return "(" + code + "):sub(1, 24)";
    }

    private void severalAtOnce() {
        String a = variable(Kind.NUMBER);
        String b = variable(Kind.NUMBER);
        if (a != null && b != null && !a.equals(b)) {
            line(a + ", " + b + " = " + b + ", " + expression(Kind.NUMBER, 2));
        }
        String first = fresh();
        String second = fresh();
        line("local " + first + ", " + second + " = " + call());
        visible.add(new Variable(first, Kind.ANY));
        visible.add(new Variable(second, Kind.ANY));
    }

    private void tableStore() {
        switch (random.nextInt(4)) {
            case 0 ->
                line(list() + "[" + any("1", "#({8})", "0 + 1") + "] = (" + expression(Kind.NUMBER, 2) + " or 2)");
            case 1 -> line(point() + "." + any("x", "y", "n") + " = " + expression(Kind.NUMBER, 2));
            case 2 -> line("table.insert(" + list() + ", " + expression(Kind.NUMBER, 2) + " or 3)");
            default -> {
                String to = list();
                line(to + "[#" + to + " + 1] = " + expression(chance(80) ? Kind.NUMBER : Kind.ANY, 2) + " or 4");
            }
        }
    }

    private void branch() {
        line("if " + condition() + " then");
        block(3);
        if (chance(40)) {
            line("elseif " + condition() + " then");
            block(2);
        }
        if (chance(50)) {
            line("else");
            block(2);
        }
        line("end");
    }

    private void loopBody(int statements) {
        boolean outer = inLoop;
        inLoop = true;
        loops++;
        indent++;
        line("if burn() then break end");
        indent--;
        block(loops > 2 ? 1 : statements);
        loops--;
        inLoop = outer;
    }

    private void numericLoop() {
        String name = fresh();
        String bounds = switch (random.nextInt(6)) {
            case 0 -> number() + ", " + number() + ", " + any("1", "-1", "0.5", "3", number());
            case 1 -> "10, 1, -" + any("1", "2", "2.5");
            case 2 -> "1, #" + list();
            case 3 -> expression(Kind.NUMBER, 2) + ", " + expression(Kind.NUMBER, 1);
            default -> "1, " + (3 + random.nextInt(12));
        };
        line("for " + name + " = " + bounds + " do");
        visible.add(new Variable(name, Kind.NUMBER));
        loopBody(4);
        visible.remove(visible.size() - 1);
        line("end");
    }

    private void whileLoop() {
        line("while " + condition() + " do");
        loopBody(4);
        line("end");
    }

    private void repeatLoop() {
        line("repeat");
        loopBody(3);
        indent++;
        String until = fresh();
        line("local " + until + " = " + condition());
        indent--;
        line("until " + until + " or burn()");
    }

    private void genericLoop() {
        String key = fresh();
        String value = fresh();
        Kind kind = Kind.NUMBER;
        switch (random.nextInt(4)) {
            case 0 -> line("for " + key + ", " + value + " in ipairs(" + list() + ") do");
            case 1 -> line("for " + key + ", " + value + " in pairs({ " + number() + ", " + number() + " }) do");
            case 2 -> {
                line("for " + key + ", " + value + " in (" + expression(Kind.TEXT, 1) + "):gmatch(\"(%w)(.?)\") do");
                kind = Kind.TEXT;
            }
            default ->
                line("for " + key + ", " + value + " in function(n, i) if i < n then return i + 1, i * 2 end end, "
                        + small() + ", 0 do");
        }
        visible.add(new Variable(key, kind));
        visible.add(new Variable(value, kind));
        loopBody(3);
        visible.remove(visible.size() - 1);
        visible.remove(visible.size() - 1);
        line("end");
    }

    private void gotoLoop() {
        String again = "again" + ++names;
        String counter = fresh();
        line("local " + counter + " = 0");
        line("do");
        line("::" + again + "::");
        visible.add(new Variable(counter, Kind.NUMBER));
        boolean outer = inLoop;
        inLoop = false;
        String captured = fresh();
        line("  local " + captured + " = " + counter);
        visible.add(new Variable(captured, Kind.NUMBER));
        block(2);
        visible.remove(visible.size() - 1);
        visible.remove(visible.size() - 1);
        inLoop = outer;
        line("  " + counter + " = " + counter + " + 1");
        line("  if " + counter + " < " + (1 + random.nextInt(6)) + " and not burn() then goto " + again + " end");
        line("end");
        visible.add(new Variable(counter, Kind.NUMBER));
    }

    private void leave() {
        if (inLoop && chance(50)) {
            line("if " + condition() + " then break end");
        } else if (functions > 0) {
            line("if " + condition() + " then return " + any(call(), expression(Kind.ANY, 2), number()) + " end");
        } else {
            line("show("
                    + any("...", "select('#', ...)", "(...)", "select(-1, 4, ...)")
                            .replace("...", varargs ? "..." : "7")
                    + ")");
        }
    }

    private String localFunction() {
        String name = fresh();
        line("local function " + name + functionRest(name));
        visible.add(new Variable(name, Kind.FUNCTION));
        return name;
    }

    /** Parameters, body and {@code end}. */
    private String functionRest(String itself) {
        int start = text.length();
        boolean outerVarargs = varargs;
        boolean outerLoop = inLoop;
        boolean outerCoroutine = inCoroutine;
        String a = fresh();
        String b = fresh();
        varargs = chance(30);
        inLoop = false;
        inCoroutine = false;
        functions++;
        int before = visible.size();
        visible.add(new Variable(a, Kind.NUMBER));
        visible.add(new Variable(b, chance(70) ? Kind.NUMBER : Kind.ANY));
        text.append('(')
                .append(a)
                .append(", ")
                .append(b)
                .append(varargs ? ", ..." : "")
                .append(")\n");
        indent++;
        line("if burn() then return " + a + " end");
        if (itself != null && chance(40)) {
            visible.add(new Variable(itself, Kind.FUNCTION));
        }
        indent--;
        block(functions > 2 ? 1 : 4);
        indent++;
        line("return "
                + switch (random.nextInt(5)) {
                    case 0 -> call();
                    case 1 -> expression(Kind.NUMBER, 2) + ", " + expression(Kind.ANY, 2);
                    case 2 -> varargs ? "..." : a;
                    default -> expression(Kind.NUMBER, 3);
                });
        indent--;
        while (visible.size() > before) {
            visible.remove(visible.size() - 1);
        }
        functions--;
        varargs = outerVarargs;
        inLoop = outerLoop;
        inCoroutine = outerCoroutine;
        line("end");
        String made = text.substring(start, text.length() - 1);
        text.setLength(start);
        return made;
    }

    private void protectedCall() {
        String ok = fresh();
        String error = fresh();
        String what = chance(50)
                ? "pcall(" + function() + ", " + expression(Kind.NUMBER, 1) + ", " + expression(Kind.ANY, 1) + ")"
                : "pcall(function" + functionRest(null) + (chance(30) ? "" : ", " + number()) + ")";
        line("local " + ok + ", " + error + " = " + what);
        line("show(" + ok + ", " + error + ")");
        visible.add(new Variable(ok, Kind.BOOLEAN));
        visible.add(new Variable(error, Kind.ANY));
    }

    private void coroutine() {
        String name = fresh();
        String value = fresh();
        String counter = fresh();
        line("local " + name + " = coroutine.wrap(function(" + value + ")");
        visible.add(new Variable(value, Kind.NUMBER));
        boolean outer = varargs;
        varargs = false;
        boolean outerLoop = inLoop;
        inLoop = false;
        functions++;
        line("  for " + counter + " = 1, 3 do");
        line("    " + value + " = coroutine.yield(" + value + ", " + counter + ") or " + counter);
        visible.add(new Variable(counter, Kind.NUMBER));
        boolean outerCoroutine = inCoroutine;
        inCoroutine = true;
        loopBody(2);
        inCoroutine = outerCoroutine;
        visible.remove(visible.size() - 1);
        line("  end");
        line("  return " + value);
        functions--;
        inLoop = outerLoop;
        varargs = outer;
        visible.remove(visible.size() - 1);
        line("end)");
        line("for i = 1, " + (1 + random.nextInt(5)) + " do show(pcall(" + name + ", i)) end");
    }

    private String condition() {
        return expression(Kind.BOOLEAN, 3);
    }

    private String variable(Kind kind) {
        var fitting = visible.stream()
                .filter(variable -> variable.kind == kind || kind == Kind.ANY)
                .toList();
        return fitting.isEmpty() ? null : fitting.get(random.nextInt(fitting.size())).name;
    }

    private String expression(Kind wanted, int depth) {
        Kind kind = wanted == Kind.ANY || random.nextInt(150) == 0 ? someKind() : wanted;
        String known = chance(depth > 0 ? 35 : 80) ? variable(kind) : null;
        if (known != null) {
            return known;
        }
        return switch (kind) {
            case NUMBER -> depth > 0 ? arithmetic(depth - 1) : number();
            case TEXT -> depth > 0 ? textual(depth - 1) : literal();
            case BOOLEAN -> depth > 0 ? logic(depth - 1) : any("true", "false", "nil");
            case LIST -> "{" + number() + ", " + expression(Kind.NUMBER, depth / 2) + " or 5}";
            case POINT -> "setmetatable({x = " + expression(Kind.NUMBER, depth / 2) + "}, Point)";
            default -> depth > 0 && functions < 3 && room > 4 ? "function" + functionRest(null) : function();
        };
    }

    private String arithmetic(int depth) {
        return switch (random.nextInt(18)) {
            case 0, 1, 2, 3, 4, 5 ->
                "(" + expression(Kind.NUMBER, depth) + " " + any("+", "-", "*", "/", "%", "+", "-") + " "
                        + expression(Kind.NUMBER, depth) + ")";
            case 6 -> "(-" + expression(Kind.NUMBER, depth) + ")";
            case 7 -> "#" + any(list(), "(" + expression(Kind.TEXT, depth) + ")", point());
            case 8 -> "(" + list() + "[" + small() + "] or " + expression(Kind.NUMBER, depth) + ")";
            case 9 -> "(" + point() + "." + any("x", "y") + " or " + number() + ")";
            case 10 -> "math." + any("floor", "abs", "ceil") + "(" + expression(Kind.NUMBER, depth) + ")";
            case 11 ->
                "math." + any("max", "min") + "(" + expression(Kind.NUMBER, depth) + ", "
                        + expression(Kind.NUMBER, depth) + ")";
            case 12 -> "(tonumber(" + expression(Kind.TEXT, depth) + ") or " + number() + ")";
            case 13 -> "(" + call() + ")";
            case 14 -> point() + ":twice()";
            case 15 ->
                "(" + expression(Kind.BOOLEAN, depth) + " and " + expression(Kind.NUMBER, depth) + " or "
                        + expression(Kind.NUMBER, depth) + ")";
            case 16 ->
                "("
                        + any("point() + 1", "1 + point()", "-point()", "point() - 2")
                                .replace("point()", point()) + ")";
            default ->
                varargs
                        ? any(
                                "select('#', ...)",
                                "(... or 1)",
                                "select('#', table.unpack({...}))",
                                "select(2, 7, ..., 3)")
                        : number();
        };
    }

    private String textual(int depth) {
        return switch (random.nextInt(8)) {
            case 0, 1 -> "(" + expression(Kind.TEXT, depth) + " .. " + expression(Kind.TEXT, depth) + ")";
            case 2 -> "(" + expression(Kind.TEXT, depth) + " .. shown(" + expression(Kind.NUMBER, depth) + "))";
            case 3 ->
                "(" + expression(Kind.TEXT, depth) + "):"
                        + any("upper()", "reverse()", "rep(2)", "sub(2, -2)", "len()");
            // A number that is none has a sign in one Lua and none in the other, and a text with it takes another
            // branch.
            case 4 ->
                "((" + literal() + " .. " + small() + " .. " + expression(Kind.TEXT, depth) + "):gsub('%-nan', 'nan'))";
            case 5 -> "tostring(" + expression(Kind.BOOLEAN, depth) + ")";
            case 6 -> "(" + point() + " .. " + expression(Kind.TEXT, depth) + ")";
            default -> "Lazy." + any("red", "green");
        };
    }

    private String logic(int depth) {
        return switch (random.nextInt(8)) {
            case 0, 1, 2 ->
                "(" + expression(Kind.NUMBER, depth) + " " + any("<", "<=", ">", ">=", "==", "~=") + " "
                        + expression(Kind.NUMBER, depth) + ")";
            case 3 ->
                "(" + expression(Kind.TEXT, depth) + " " + any("<", "<=", "==", "~=") + " "
                        + expression(Kind.TEXT, depth) + ")";
            case 4 -> "(not " + expression(Kind.BOOLEAN, depth) + ")";
            case 5 ->
                "(" + expression(Kind.BOOLEAN, depth) + " " + any("and", "or") + " " + expression(Kind.BOOLEAN, depth)
                        + ")";
            case 6 -> "(" + point() + " " + any("<", "==", "<=", "~=") + " " + point() + ")";
            default -> "(" + expression(Kind.ANY, depth) + " == " + expression(Kind.ANY, depth) + ")";
        };
    }

    private String call() {
        return switch (random.nextInt(10)) {
            case 0 -> point() + ":moved(" + expression(Kind.NUMBER, 1) + ")";
            case 1 -> point() + "(" + expression(Kind.ANY, 1) + ")";
            case 2 -> "table.unpack({" + number() + ", " + expression(Kind.ANY, 1) + "})";
            case 3 ->
                inCoroutine ? "coroutine.yield(" + number() + ")" : "pcall(error, " + expression(Kind.ANY, 1) + ")";
            case 4 -> varargs ? function() + "(...)" : function() + "()";
            default -> function() + "(" + expression(Kind.NUMBER, 1) + ", " + expression(Kind.ANY, 1) + ")";
        };
    }

    private String function() {
        String known = variable(Kind.FUNCTION);
        return known == null || chance(10) ? any("shown", "burn", "type", "Point.twice") : known;
    }

    private String list() {
        String known = variable(Kind.LIST);
        return known == null ? "({5, 6, 7})" : known;
    }

    private String point() {
        String known = variable(Kind.POINT);
        return known == null ? "(setmetatable({}, Point))" : known;
    }

    private String small() {
        String known = chance(30) ? variable(Kind.NUMBER) : null;
        return known == null ? Integer.toString(1 + random.nextInt(5)) : known;
    }

    private String number() {
        return switch (random.nextInt(12)) {
            case 0 -> any("0", "0.5", "-1", "1e15", "2^53", "1e300", "0x10", "-0.25", "1/0");
            case 1 -> "(" + random.nextInt(1000) / 8.0 + ")";
            default -> Integer.toString(random.nextInt(20));
        };
    }

    private String literal() {
        return any("\"\"", "\"a\"", "\"10\"", "\"hello\"", "\"0x1p4\"", "'b c'", "[[long]]", "\"7\"");
    }
}
