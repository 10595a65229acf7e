package io.perilune.scripting.lib;

import io.perilune.scripting.vm.LuaFailure;
import io.perilune.scripting.vm.Meter;
import io.perilune.scripting.vm.Numbers;
import io.perilune.scripting.vm.Strings;
import java.util.Arrays;
import org.luaj.vm2.LuaString;
import org.luaj.vm2.LuaValue;

/**
 * Tries a Lua pattern at places of a subject, byte by byte (reference manual, §6.4.1). The pattern is read as it is
 * matched, so that a fault in it is an error only where a match comes to it, as in the original.
 *
 * <p>Every way to go on that may have to be taken back (a capture, a repeated item) is one level of Java calls; {@link
 * #LEVELS_MAX} bounds them, with the original's error. All else are loops. Each step is charged to the meter, so a
 * pattern that explodes ends its call and nothing more. Used by one thread, for one subject and pattern.
 */
final class PatternMatcher {
    /** MAXCCALLS of the original's pattern matcher: scripts see where it lies. */
    static final int LEVELS_MAX = 200;

    /** LUA_MAXCAPTURES. */
    static final int CAPTURES_MAX = 32;

    /** A step looks at one byte of the subject: about a quarter of what an instruction takes. */
    private static final int STEPS_PER_GAS = 4;

    /** An item of the pattern costs about one. */
    private static final int STEPS_PER_ITEM = STEPS_PER_GAS;

    private static final int STEPS_BETWEEN_CHARGES = 256;

    private static final int NO_MATCH = -1;
    private static final int OPEN = -1;
    private static final int POSITION = -2;

    private final Meter meter;
    private final byte[] subject;
    private final int subjectStart;
    private final int subjectEnd;
    private final byte[] pattern;
    private final int patternStart;
    private final int patternEnd;
    private final int[] captureStart = new int[CAPTURES_MAX];
    private final int[] captureLength = new int[CAPTURES_MAX];
    private int captures;
    private int levels;
    private int steps;

    /** @param patternFrom bytes of the pattern to pass over: 1 behind an anchor */
    PatternMatcher(Meter meter, LuaString subject, LuaString pattern, int patternFrom) {
        this.meter = meter;
        this.subject = subject.m_bytes;
        this.subjectStart = subject.m_offset;
        this.subjectEnd = subject.m_offset + subject.m_length;
        this.pattern = pattern.m_bytes;
        this.patternStart = pattern.m_offset + patternFrom;
        this.patternEnd = pattern.m_offset + pattern.m_length;
    }

    /** @return the end of the match that begins at {@code place}, or a negative number; both count from 0 */
    int match(int place) {
        captures = 0;
        levels = LEVELS_MAX;
        var end = match(subjectStart + place, patternStart);
        charge();
        return end - (end == NO_MATCH ? 0 : subjectStart);
    }

    private void charge() {
        meter.gas(steps / STEPS_PER_GAS + 1);
        steps = 0;
    }

    private void step(int cost) {
        steps += cost;
        if (steps >= STEPS_BETWEEN_CHARGES) {
            charge();
        }
    }

    private int match(int from, int item) {
        if (levels-- == 0) {
            throw LuaFailure.at("pattern too complex");
        }
        var end = matchOn(from, item);
        levels++;
        return end;
    }

    /** Goes through the pattern as long as there is one way only. */
    private int matchOn(int from, int firstItem) {
        var s = from;
        var p = firstItem;
        while (p < patternEnd) {
            step(STEPS_PER_ITEM);
            switch (pattern[p]) {
                case '(':
                    return at(p + 1) == ')' ? open(s, p + 2, POSITION) : open(s, p + 1, OPEN);
                case ')':
                    return close(s, p + 1);
                case '$':
                    if (p + 1 == patternEnd) {
                        return s == subjectEnd ? s : NO_MATCH;
                    }
                    break;
                case '%':
                    var kind = at(p + 1);
                    if (kind == 'b') {
                        s = balanced(s, p + 2);
                        p += 4;
                    } else if (kind == 'f') {
                        var set = p + 2;
                        if (at(set) != '[') {
                            throw LuaFailure.at("missing '[' after '%f' in pattern");
                        }
                        p = endOfItem(set);
                        s = frontier(s, set, p) ? s : NO_MATCH;
                    } else if (CharClass.isDigit(kind)) {
                        s = repeated(s, kind);
                        p += 2;
                    } else {
                        break;
                    }
                    if (s == NO_MATCH) {
                        return NO_MATCH;
                    }
                    continue;
                default:
                    break;
            }
            var end = endOfItem(p);
            switch (at(end)) {
                case '*':
                    return longest(s, s, p, end);
                case '+':
                    return matches(s, p, end) ? longest(s + 1, s + 1, p, end) : NO_MATCH;
                case '-':
                    return shortest(s, p, end);
                case '?':
                    if (matches(s, p, end)) {
                        var matched = match(s + 1, end + 1);
                        if (matched != NO_MATCH) {
                            return matched;
                        }
                    }
                    p = end + 1;
                    break;
                default:
                    if (!matches(s, p, end)) {
                        return NO_MATCH;
                    }
                    s++;
                    p = end;
            }
        }
        return s;
    }

    /** The byte of the pattern at {@code place}, or 0 behind its end. */
    private int at(int place) {
        return place < patternEnd ? pattern[place] & 0xFF : 0;
    }

    private int longest(int least, int from, int item, int itemEnd) {
        var s = from;
        while (matches(s, item, itemEnd)) {
            s++;
        }
        for (; s >= least; s--) {
            var matched = match(s, itemEnd + 1);
            if (matched != NO_MATCH) {
                return matched;
            }
        }
        return NO_MATCH;
    }

    private int shortest(int from, int item, int itemEnd) {
        for (var s = from; ; s++) {
            var matched = match(s, itemEnd + 1);
            if (matched != NO_MATCH || !matches(s, item, itemEnd)) {
                return matched;
            }
        }
    }

    private int open(int s, int rest, int kind) {
        if (captures == CAPTURES_MAX) {
            throw LuaFailure.at("too many captures");
        }
        captureStart[captures] = s;
        captureLength[captures] = kind;
        captures++;
        var matched = match(s, rest);
        if (matched == NO_MATCH) {
            captures--;
        }
        return matched;
    }

    private int close(int s, int rest) {
        var last = captures - 1;
        while (last >= 0 && captureLength[last] != OPEN) {
            last--;
        }
        if (last < 0) {
            throw LuaFailure.at("invalid pattern capture");
        }
        captureLength[last] = s - captureStart[last];
        var matched = match(s, rest);
        if (matched == NO_MATCH) {
            captureLength[last] = OPEN;
        }
        return matched;
    }

    private int balanced(int s, int pair) {
        if (pair + 1 >= patternEnd) {
            throw LuaFailure.at("malformed pattern (missing arguments to '%b')");
        }
        if (s == subjectEnd || subject[s] != pattern[pair]) {
            return NO_MATCH;
        }
        var depth = 1;
        for (var i = s + 1; i < subjectEnd; i++) {
            step(1);
            if (subject[i] == pattern[pair + 1]) {
                if (--depth == 0) {
                    return i + 1;
                }
            } else if (subject[i] == pattern[pair]) {
                depth++;
            }
        }
        return NO_MATCH;
    }

    private boolean frontier(int s, int set, int setEnd) {
        var before = s == subjectStart ? 0 : subject[s - 1] & 0xFF;
        var after = s == subjectEnd ? 0 : subject[s] & 0xFF;
        step((setEnd - set) / 2);
        return !inSet(before, set, setEnd - 1) && inSet(after, set, setEnd - 1);
    }

    /** Behind another occurrence of what capture {@code digit} has matched. */
    private int repeated(int s, int digit) {
        var capture = digit - '1';
        if (capture < 0 || capture >= captures || captureLength[capture] == OPEN) {
            throw LuaFailure.at("invalid capture index %" + (capture + 1));
        }
        var length = captureLength[capture];
        if (length == POSITION || length > subjectEnd - s) {
            return NO_MATCH;
        }
        meter.work(length);
        var start = captureStart[capture];
        return Arrays.equals(subject, start, start + length, subject, s, s + length) ? s + length : NO_MATCH;
    }

    /** Behind the single-byte item at {@code p}: a byte, a class or a set. */
    private int endOfItem(int p) {
        if (pattern[p] == '%') {
            if (p + 1 == patternEnd) {
                throw LuaFailure.at("malformed pattern (ends with '%')");
            }
            return p + 2;
        }
        return pattern[p] == '[' ? endOfSet(p + 1) : p + 1;
    }

    /** The first byte of a set is in it even where it is {@code ]}. */
    private int endOfSet(int first) {
        var p = at(first) == '^' ? first + 1 : first;
        var start = p;
        while (p < patternEnd) {
            if (pattern[p] == ']' && p > start) {
                step((p - first) / 8);
                return p + 1;
            }
            p += pattern[p] == '%' ? 2 : 1;
        }
        throw LuaFailure.at("malformed pattern (missing ']')");
    }

    private boolean matches(int s, int item, int itemEnd) {
        if (s == subjectEnd) {
            return false;
        }
        step(1);
        var c = subject[s] & 0xFF;
        return switch (pattern[item]) {
            case '.' -> true;
            case '%' -> CharClass.contains(pattern[item + 1] & 0xFF, c);
            case '[' -> {
                step((itemEnd - item) / 2);
                yield inSet(c, item, itemEnd - 1);
            }
            default -> (pattern[item] & 0xFF) == c;
        };
    }

    /** @param close the place of the set's closing bracket */
    private boolean inSet(int c, int set, int close) {
        var negated = pattern[set + 1] == '^';
        var p = negated ? set + 2 : set + 1;
        while (p < close) {
            if (pattern[p] == '%') {
                if (CharClass.contains(pattern[p + 1] & 0xFF, c)) {
                    return !negated;
                }
                p += 2;
            } else if (at(p + 1) == '-' && p + 2 < close) {
                if ((pattern[p] & 0xFF) <= c && c <= (pattern[p + 2] & 0xFF)) {
                    return !negated;
                }
                p += 3;
            } else {
                if ((pattern[p] & 0xFF) == c) {
                    return !negated;
                }
                p++;
            }
        }
        return negated;
    }

    // What a match has captured.

    int captures() {
        return captures;
    }

    /** The capture counted from 0; without captures, the whole match from {@code start} to {@code end} is the first. */
    LuaValue capture(int number, int start, int end) {
        if (number >= captures) {
            if (number > 0) {
                throw LuaFailure.at("invalid capture index");
            }
            return text(subjectStart + start, end - start);
        }
        return switch (captureLength[number]) {
            case OPEN -> throw LuaFailure.at("unfinished capture");
            case POSITION -> Numbers.of((long) captureStart[number] - subjectStart + 1);
            default -> text(captureStart[number], captureLength[number]);
        };
    }

    /** All captures; without any, the whole match. */
    LuaValue[] captures(int start, int end) {
        var all = new LuaValue[Math.max(captures, 1)];
        for (var i = 0; i < all.length; i++) {
            all[i] = capture(i, start, end);
        }
        return all;
    }

    private LuaString text(int from, int length) {
        meter.string(length);
        return Strings.owned(Arrays.copyOfRange(subject, from, from + length));
    }
}
