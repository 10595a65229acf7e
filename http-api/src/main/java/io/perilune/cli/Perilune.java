package io.perilune.cli;

import static java.util.Objects.requireNonNull;

import io.perilune.cli.terminal.ExitCode;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.HelpCommand;
import picocli.CommandLine.ScopeType;

/** {@code ./perilune}: the one program, whose subcommands are the classes listed here. */
@Command(
        name = "perilune",
        description = "A Lua-scriptable, replicated state machine platform.",
        synopsisSubcommandLabel = "COMMAND",
        usageHelpWidth = 110,
        scope = ScopeType.INHERIT,
        mixinStandardHelpOptions = true,
        version = "perilune 0.1.0",
        descriptionHeading = "%n",
        commandListHeading = "%nCommands:%n",
        optionListHeading = "%nOptions:%n",
        footerHeading = "%n",
        subcommands = {
            DemoCommand.class,
            RunCommand.class,
            StartCommand.class,
            DeployCommand.class,
            CallCommand.class,
            QueryCommand.class,
            GetCommand.class,
            ScanCommand.class,
            EventsCommand.class,
            LogCommand.class,
            TraceCommand.class,
            RehearseCommand.class,
            RollbackCommand.class,
            StatusCommand.class,
            MembersCommand.class,
            AddCommand.class,
            RemoveCommand.class,
            TransferCommand.class,
            SnapshotCommand.class,
            VerifyCommand.class,
            BackupCommand.class,
            RestoreCommand.class,
            TokenCommand.class,
            BenchCommand.class,
            HelpCommand.class
        },
        footer = {
            "Start here:",
            "  perilune demo                                    three nodes, a killed leader, nothing lost",
            "  perilune run lua-samples/hello.lua               plain Lua, no cluster",
            "  perilune start                                   one node on 127.0.0.1:7070",
            "  perilune deploy lua-samples/counter.lua -m counter",
            "  curl -d '{\"by\": 2}' 127.0.0.1:7070/v1/machines/counter/commands",
            "  perilune query counter/value",
            "",
            "Exit codes: 0 ok, 1 rejected or failed, 2 usage, 3 no leader or unreachable, 4 outcome unknown,",
            "            5 a check found differences, 6 replicas disagree.",
            "Environment: PERILUNE_URL (--url), PERILUNE_TOKEN (--token), PERILUNE_CA (--ca), PERILUNE_JAVA_OPTS (options for the JVM), NO_COLOR."
        })
public final class Perilune {
    private Perilune() {}

    public static void main(String[] arguments) {
        // Undertow logs through JBoss Logging, which has to be told before its first class is loaded.
        System.setProperty("org.jboss.logging.provider", "slf4j");
        System.exit(commandLine(Settings.of(System.getenv(), arguments)).execute(arguments));
    }

    static CommandLine commandLine(Settings settings) {
        var commandLine = new CommandLine(new Perilune());
        // Whatever follows a script's name belongs to the script.
        requireNonNull(commandLine.getSubcommands().get("run")).setStopAtPositional(true);
        return commandLine
                .setDefaultValueProvider(settings)
                .setExitCodeExceptionMapper(
                        problem -> problem instanceof CommandLine.ParameterException ? ExitCode.USAGE : ExitCode.FAILED)
                .setExecutionExceptionHandler(Perilune::explain);
    }

    private static int explain(Exception problem, CommandLine command, CommandLine.ParseResult ignored) {
        var err = command.getErr();
        if (problem instanceof java.net.ConnectException) {
            err.println("perilune: no node answers there; is one running? (perilune start)");
            return ExitCode.UNREACHABLE;
        }
        if (problem instanceof java.net.http.HttpTimeoutException) {
            err.println("perilune: no answer in time; whether it was done is not known");
            return ExitCode.UNKNOWN;
        }
        if (problem instanceof java.io.IOException) {
            var detail = problem.getMessage();
            err.println("perilune: " + (detail == null ? problem.toString() : detail));
            return ExitCode.FAILED;
        }
        problem.printStackTrace(err);
        return ExitCode.FAILED;
    }
}
