package io.perilune.scripting;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Runs every program of the corpora in a machine, and prints one hash of all that came of it; see {@link DeterminismTest}. */
final class CorpusHash {
    /** Enough for the programs of the manual; loops without an end come to it soon, also where nothing is compiled. */
    private static final long GAS = 200_000;

    private CorpusHash() {}

    public static void main(String[] arguments) throws IOException, NoSuchAlgorithmException {
        var digest = MessageDigest.getInstance("SHA-256");
        var bodies = bodies();
        for (var body : bodies) {
            digest.update(outcome(body).getBytes(UTF_8));
        }
        System.out.println(bodies.size() + " programs " + HexFormat.of().formatHex(digest.digest()));
    }

    static List<String> bodies() throws IOException {
        var bodies = new ArrayList<String>();
        for (var file : List.of(
                "hostile/scripts",
                "lua52/manual/basic",
                "lua52/manual/strings",
                "lua52/manual/tables",
                "lua52/manual/maths",
                "lua52/manual/language")) {
            try (var in = CorpusHash.class.getResourceAsStream("/" + file + ".lua")) {
                for (var part : ManualCorpusTest.parts(new String(in.readAllBytes(), UTF_8))) {
                    bodies.add(part[1]);
                }
            }
        }
        return bodies;
    }

    private static Outcome call(Script script, Host host) {
        var invocation = SandboxTest.invocation(Limits.DEFAULT.withGasAtMost(GAS));
        return script.call(new EntryPoint.Apply(ValueCodec.encode(Value.NULL)), host, invocation);
    }

    /** What a program uses up; null for one that cannot be compiled. */
    static Outcome.Usage usage(String body) {
        var files = new TreeMap<>(Map.of(Sandbox.MAIN, Bytes.utf8("function apply(...) " + body + "\nend")));
        return new Sandbox().compile("bank", files) instanceof Sandbox.Compilation.Compiled compiled
                ? call(compiled.script(), new MemoryHost()).usage()
                : null;
    }

    /** Everything that a replica would keep or answer, in words. */
    private static String outcome(String body) {
        var host = new MemoryHost();
        var files = new TreeMap<>(Map.of(Sandbox.MAIN, Bytes.utf8("function apply(...) " + body + "\nend")));
        var compilation = new Sandbox().compile("bank", files);
        if (!(compilation instanceof Sandbox.Compilation.Compiled compiled)) {
            return compilation.toString();
        }
        return call(compiled.script(), host) + "\n" + host.state + "\n" + host.events + "\n" + host.timers + "\n"
                + host.log + "\n";
    }
}
