package io.perilune.raft.core;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/** A file of commands and the output they must have. */
record Transcript(String name, List<Case> cases) {
    private static final Pattern LOGGER_LINE = Pattern.compile("^ *(DEBUG|INFO|WARN|ERROR|FATAL) .*");
    private static final String RULE = "----";

    /**
     * @param directive the line that asks for it, of which {@code command} is the first word
     * @param input lines between the directive and the rule, trimmed
     * @param expected each line with its end
     */
    record Case(int line, String directive, String command, List<Argument> arguments, String input, String expected) {
        Optional<Argument> argument(String key) {
            return arguments.stream().filter(each -> each.key().equals(key)).findFirst();
        }

        /** Arguments without a value, which are node ids or names. */
        List<String> bare() {
            return arguments.stream()
                    .filter(each -> each.values().isEmpty())
                    .map(Argument::key)
                    .toList();
        }

        /** What is expected of a core that logs nothing. */
        String expectedWithoutLog() {
            List<String> lines = expected.lines().toList();
            List<String> kept = lines.stream()
                    .filter(line -> !LOGGER_LINE.matcher(line).matches())
                    .toList();
            if (kept.isEmpty() && !lines.isEmpty()) {
                return "ok\n";
            }
            return kept.isEmpty() ? "" : String.join("\n", kept) + "\n";
        }
    }

    record Argument(String key, List<String> values) {
        String value() {
            return values.get(0);
        }

        List<Long> ids() {
            return values.stream()
                    .filter(value -> !value.isEmpty())
                    .map(Long::parseLong)
                    .toList();
        }
    }

    static Transcript read(Path file) throws IOException {
        return new Parser(Files.readAllLines(file)).parse(file.getFileName().toString());
    }

    private static final class Parser {
        private final List<String> lines;
        private int at;

        Parser(List<String> lines) {
            this.lines = lines;
        }

        Transcript parse(String name) {
            List<Case> cases = new ArrayList<>();
            while (skipToDirective()) {
                cases.add(parseCase());
            }
            return new Transcript(name, cases);
        }

        private boolean skipToDirective() {
            while (at < lines.size()
                    && (lines.get(at).isBlank() || lines.get(at).strip().startsWith("#"))) {
                at++;
            }
            return at < lines.size();
        }

        private Case parseCase() {
            int line = at + 1;
            String directive = lines.get(at++).strip();
            StringBuilder input = new StringBuilder();
            while (!lines.get(at).equals(RULE)) {
                input.append(lines.get(at++)).append('\n');
            }
            at++;
            int space = directive.indexOf(' ');
            String command = space < 0 ? directive : directive.substring(0, space);
            String rest = space < 0 ? "" : directive.substring(space + 1);
            return new Case(
                    line, directive, command, arguments(rest), input.toString().strip(), output());
        }

        private String output() {
            StringBuilder output = new StringBuilder();
            if (at < lines.size() && lines.get(at).equals(RULE)) {
                at++;
                while (!(lines.get(at).equals(RULE) && lines.get(at + 1).equals(RULE))) {
                    output.append(lines.get(at++)).append('\n');
                }
                at += 2;
                return output.toString();
            }
            while (at < lines.size() && !lines.get(at).isEmpty()) {
                output.append(lines.get(at++)).append('\n');
            }
            return output.toString();
        }

        private static List<Argument> arguments(String text) {
            List<Argument> arguments = new ArrayList<>();
            int i = 0;
            while (i < text.length()) {
                if (text.charAt(i) == ' ') {
                    i++;
                    continue;
                }
                int start = i;
                while (i < text.length() && text.charAt(i) != ' ' && text.charAt(i) != '=') {
                    i++;
                }
                String key = text.substring(start, i);
                List<String> values = new ArrayList<>();
                if (i < text.length() && text.charAt(i) == '=') {
                    i = values(text, i + 1, values);
                }
                arguments.add(new Argument(key, values));
            }
            return arguments;
        }

        private static int values(String text, int from, List<String> values) {
            int i = from;
            if (i >= text.length() || text.charAt(i) != '(') {
                int end = text.indexOf(' ', i);
                end = end < 0 ? text.length() : end;
                values.add(text.substring(i, end));
                return end;
            }
            int depth = 1;
            StringBuilder value = new StringBuilder();
            i++;
            while (depth > 0) {
                char c = text.charAt(i++);
                depth += c == '(' ? 1 : c == ')' ? -1 : 0;
                if (depth == 0) {
                    break;
                }
                if (c == ',' && depth == 1) {
                    values.add(value.toString());
                    value.setLength(0);
                    while (text.charAt(i) == ' ') {
                        i++;
                    }
                } else {
                    value.append(c);
                }
            }
            values.add(value.toString());
            return i;
        }
    }
}
