package io.perilune.cli;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.IDefaultValueProvider;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.OptionSpec;

/**
 * What an option is where the command line does not say: {@code PERILUNE_NAME} of the environment, then {@code name} of
 * the properties file that {@code PERILUNE_CONFIG} or {@code --config} names.
 */
final class Settings implements IDefaultValueProvider {
    private final Map<String, String> environment;
    private final Properties file = new Properties();

    Settings(Map<String, String> environment, @Nullable Path properties) {
        this.environment = environment;
        if (properties != null) {
            load(properties);
        }
    }

    /** @param arguments of the command line, searched for {@code --config} before anything else is read */
    static Settings of(Map<String, String> environment, String[] arguments) {
        var named = environment.get("PERILUNE_CONFIG");
        for (int i = 0; i < arguments.length; i++) {
            if (arguments[i].startsWith("--config=")) {
                named = arguments[i].substring("--config=".length());
            } else if (arguments[i].equals("--config") && i + 1 < arguments.length) {
                named = arguments[i + 1];
            }
        }
        return new Settings(environment, named == null ? null : Path.of(named));
    }

    private void load(Path properties) {
        try (var reader = Files.newBufferedReader(properties, StandardCharsets.UTF_8)) {
            file.load(reader);
        } catch (IOException problem) {
            throw new UncheckedIOException("cannot read the settings in " + properties, problem);
        }
    }

    /** @throws IllegalArgumentException if the file sets something that {@code command} does not have */
    void requireKnown(picocli.CommandLine.Model.CommandSpec command) {
        for (var name : new TreeSet<>(file.stringPropertyNames())) {
            if (command.findOption("--" + name) == null) {
                throw new IllegalArgumentException("the settings file has '" + name + "', which is no option of "
                        + command.qualifiedName() + "; see its --help");
            }
        }
    }

    @Override
    public @Nullable String defaultValue(ArgSpec argument) {
        if (!(argument instanceof OptionSpec option) || option.usageHelp() || option.versionHelp()) {
            return null;
        }
        var name = option.longestName().replaceFirst("^-+", "");
        var variable =
                environment.get("PERILUNE_" + name.toUpperCase(Locale.ROOT).replace('-', '_'));
        return variable != null ? variable : file.getProperty(name);
    }
}
