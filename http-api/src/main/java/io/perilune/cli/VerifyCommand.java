package io.perilune.cli;

import io.perilune.cli.terminal.ExitCode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

@Command(
        name = "verify",
        description = {
            "Compare the whole state of all nodes at one index. Exit code 6 if they differ.",
            "With --data twice, of nodes that do not run: where they parted, by entry, key and line.",
            "With --backup, check a backup instead."
        })
@SuppressWarnings("NullAway.Init") // picocli fills the fields
final class VerifyCommand implements Callable<Integer> {
    @Mixin
    private NodeOption node;

    @Option(names = "--data", paramLabel = "DIR", description = "The data of a node that does not run.")
    private List<Path> directories = List.of();

    @Option(names = "--backup", paramLabel = "FILE", description = "A backup, to be read as restoring would.")
    private @Nullable Path backup;

    @Spec
    private CommandSpec command;

    /** What nodes say of one machine: the digest of its state, and the rolling hash of its log. */
    private record Said(String node, String digest, String hash) {}

    @Override
    public Integer call() throws Exception {
        if (backup != null) {
            System.out.println(backup + ": " + BackupCommand.describe(backup));
            return ExitCode.OK;
        }
        if (!directories.isEmpty()) {
            if (directories.size() != 2) {
                throw new ParameterException(command.commandLine(), "--data is given twice, or not at all");
            }
            return OfflineComparison.print(directories.get(0), directories.get(1));
        }
        var cluster = node.api().get("/v1/cluster");
        if (!cluster.succeeded()) {
            return node.print(cluster, "");
        }
        var index = cluster.body().path("applied").asLong();
        var problems = new ArrayList<String>();
        var byMachine = new TreeMap<String, List<Said>>();
        var silent = 0;
        for (var member : cluster.body().path("members")) {
            var id = member.path("id").asText();
            try {
                var states = node.api(member.path("http").asText())
                        .get("/v1/machines?consistency=local&digest=true&at_index=" + index);
                if (!states.succeeded()) {
                    problems.add(
                            "node " + id + ": " + states.body().path("detail").asText());
                    silent += states.body().path("code").asText().equals("diverged") ? 0 : 1;
                    continue;
                }
                for (var machine : states.body().path("items")) {
                    byMachine
                            .computeIfAbsent(machine.path("machine").asText(), name -> new ArrayList<>())
                            .add(new Said(
                                    id,
                                    machine.path("digest").asText(),
                                    machine.path("hash").asText()));
                }
            } catch (IOException unreachable) {
                problems.add("node " + id + ": does not answer");
                silent++;
            }
        }
        var answered = cluster.body().path("members").size() - problems.size();
        byMachine.forEach((machine, said) -> compare(machine, said, answered).ifPresent(problems::add));
        problems.forEach(System.err::println);
        System.out.println(
                problems.isEmpty()
                        ? "all " + answered + " nodes have the same " + byMachine.size() + " machines at index " + index
                        : "not verified at index " + index + ": " + problems.size() + " problems");
        if (problems.isEmpty()) {
            return ExitCode.OK;
        }
        return problems.size() == silent ? ExitCode.UNREACHABLE : ExitCode.DIVERGED;
    }

    private static Optional<String> compare(String machine, List<Said> said, int nodes) {
        if (said.size() < nodes) {
            return Optional.of("machine " + machine + " is only on nodes "
                    + said.stream().map(Said::node).toList());
        }
        var digests = said.stream().map(Said::digest).distinct().count();
        var hashes = said.stream().map(Said::hash).distinct().count();
        if (digests == 1 && hashes == 1) {
            return Optional.empty();
        }
        var text = new StringBuilder("machine " + machine + (hashes > 1 ? " has another log" : " has another state"));
        said.forEach(each -> text.append("\n  node ")
                .append(each.node())
                .append(" state ")
                .append(each.digest())
                .append(" log ")
                .append(each.hash()));
        return Optional.of(text.toString());
    }
}
