package io.perilune.engine;

import java.util.regex.Pattern;

/**
 * What a token allows, in the words of its text: {@code admin}, {@code metrics}, {@code deploy:M}, {@code read:M} and
 * {@code call:M/NAME}. In names of machines and commands a {@code *} stands for any characters, also for none.
 *
 * @param machine pattern; empty for what is not about machines
 * @param command pattern; empty but for {@code call}
 */
public record Scope(Kind kind, String machine, String command) {
    public static final int LENGTH_MAX = 256;

    public static final String FORMS =
            "admin, metrics, deploy:MACHINE, read:MACHINE or call:MACHINE/COMMAND, with * for"
                    + " any characters of a name";

    private static final Pattern MACHINE = Pattern.compile("[a-z0-9_*-]{1,64}");
    private static final Pattern COMMAND = Pattern.compile("[A-Za-z0-9_*]{1,65}");

    public enum Kind {
        ADMIN("admin"),
        METRICS("metrics"),
        DEPLOY("deploy"),
        READ("read"),
        CALL("call");

        private final String word;

        Kind(String word) {
            this.word = word;
        }
    }

    /** @throws IllegalArgumentException if it is none, saying what is one */
    public static Scope parse(String text) {
        var colon = text.indexOf(':');
        var word = colon < 0 ? text : text.substring(0, colon);
        var target = colon < 0 ? "" : text.substring(colon + 1);
        return switch (word) {
            case "admin" -> plain(Kind.ADMIN, text, colon);
            case "metrics" -> plain(Kind.METRICS, text, colon);
            case "deploy" -> new Scope(Kind.DEPLOY, matching(MACHINE, target, text), "");
            case "read" -> new Scope(Kind.READ, matching(MACHINE, target, text), "");
            case "call" -> call(target, text);
            default -> throw wrong(text);
        };
    }

    private static Scope plain(Kind kind, String text, int colon) {
        if (colon >= 0) {
            throw wrong(text);
        }
        return new Scope(kind, "", "");
    }

    private static Scope call(String target, String text) {
        var slash = target.indexOf('/');
        if (slash < 0) {
            throw wrong(text);
        }
        return new Scope(
                Kind.CALL,
                matching(MACHINE, target.substring(0, slash), text),
                matching(COMMAND, target.substring(slash + 1), text));
    }

    private static String matching(Pattern pattern, String name, String text) {
        if (!pattern.matcher(name).matches()) {
            throw wrong(text);
        }
        return name;
    }

    private static IllegalArgumentException wrong(String text) {
        var shown = text.length() > LENGTH_MAX ? text.substring(0, LENGTH_MAX) + "..." : text;
        return new IllegalArgumentException("a scope is " + FORMS + ", not \"" + shown + "\"");
    }

    public boolean isOf(String name) {
        return matches(machine, name);
    }

    public boolean allowsCall(String machine, String command) {
        return kind == Kind.CALL && matches(this.machine, machine) && matches(this.command, command);
    }

    /** Without backtracking beyond the last star, so that no pattern takes more than the product of both lengths. */
    private static boolean matches(String pattern, String name) {
        var at = 0;
        var star = -1;
        var resume = 0;
        for (var i = 0; i < name.length(); ) {
            if (at < pattern.length() && pattern.charAt(at) == '*') {
                star = at++;
                resume = i;
            } else if (at < pattern.length() && pattern.charAt(at) == name.charAt(i)) {
                at++;
                i++;
            } else if (star >= 0) {
                at = star + 1;
                i = ++resume;
            } else {
                return false;
            }
        }
        while (at < pattern.length() && pattern.charAt(at) == '*') {
            at++;
        }
        return at == pattern.length();
    }

    /** As it was parsed. */
    @Override
    public String toString() {
        return switch (kind) {
            case ADMIN, METRICS -> kind.word;
            case DEPLOY, READ -> kind.word + ":" + machine;
            case CALL -> kind.word + ":" + machine + "/" + command;
        };
    }
}
