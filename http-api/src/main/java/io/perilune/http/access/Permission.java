package io.perilune.http.access;

import io.perilune.engine.Scope;
import io.perilune.engine.Scope.Kind;

/** What a row of the API needs of whoever asks. */
public enum Permission {
    /** Nothing, not even a token. */
    OPEN {
        @Override
        boolean isGivenBy(Scope scope, String machine, String command) {
            return true;
        }
    },
    /** Any token: what is answered depends on its scopes, or is the same for all. */
    ANY_TOKEN {
        @Override
        boolean isGivenBy(Scope scope, String machine, String command) {
            return true;
        }
    },
    METRICS {
        @Override
        boolean isGivenBy(Scope scope, String machine, String command) {
            return scope.kind() == Kind.METRICS;
        }

        @Override
        public String wanted(String machine, String command) {
            return "metrics";
        }
    },
    /** Of one machine. Whoever uploads its script can read everything anyway. */
    READ {
        @Override
        boolean isGivenBy(Scope scope, String machine, String command) {
            return (scope.kind() == Kind.READ || scope.kind() == Kind.DEPLOY) && scope.isOf(machine);
        }

        @Override
        public String wanted(String machine, String command) {
            return "read:" + machine;
        }
    },
    CALL {
        @Override
        boolean isGivenBy(Scope scope, String machine, String command) {
            return scope.allowsCall(machine, command);
        }

        @Override
        public String wanted(String machine, String command) {
            return "call:" + machine + "/" + command;
        }
    },
    /** To learn what became of a command of one's own. */
    FATE {
        @Override
        boolean isGivenBy(Scope scope, String machine, String command) {
            return READ.isGivenBy(scope, machine, command) || scope.kind() == Kind.CALL && scope.isOf(machine);
        }

        @Override
        public String wanted(String machine, String command) {
            return "read:" + machine + ", or call of any of its commands";
        }
    },
    DEPLOY {
        @Override
        boolean isGivenBy(Scope scope, String machine, String command) {
            return scope.kind() == Kind.DEPLOY && scope.isOf(machine);
        }

        @Override
        public String wanted(String machine, String command) {
            return "deploy:" + machine;
        }
    },
    ADMIN {
        @Override
        boolean isGivenBy(Scope scope, String machine, String command) {
            return false;
        }
    };

    /** What a scope calls the command that a path does not name, and {@code apply} takes. */
    public static final String UNNAMED_COMMAND = "apply";

    /** Whether one scope, which is not {@code admin}, is enough. */
    abstract boolean isGivenBy(Scope scope, String machine, String command);

    /** The scope that would do, for an error that helps. */
    public String wanted(String machine, String command) {
        return "admin";
    }
}
