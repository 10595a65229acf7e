package io.perilune.torture;

import io.perilune.cli.local.LocalCluster;
import io.perilune.cli.local.NodeProcess;
import java.io.IOException;
import java.util.Locale;
import java.util.Optional;
import java.util.SplittableRandom;

/** What is done to a cluster. Each waits while the cluster suffers, and then puts right what it did. */
enum Fault {
    KILL_LEADER {
        @Override
        void strike(Ground ground) throws IOException, InterruptedException {
            var victim = ground.leader();
            victim.kill();
            ground.suffer();
            victim.start();
        }
    },
    KILL_FOLLOWER {
        @Override
        void strike(Ground ground) throws IOException, InterruptedException {
            var victim = ground.follower();
            victim.kill();
            ground.suffer();
            victim.start();
        }
    },
    KILL_ALL {
        @Override
        void strike(Ground ground) throws IOException, InterruptedException {
            for (var node : ground.cluster().nodes()) {
                node.kill();
            }
            for (var node : ground.cluster().nodes()) {
                node.start();
            }
        }
    },
    KILL_THE_NEXT_LEADER_TOO {
        @Override
        void strike(Ground ground) throws IOException, InterruptedException {
            var first = ground.leader();
            first.kill();
            var rest = ground.cluster().nodes().stream()
                    .filter(node -> node != first)
                    .toList();
            var second = ground.cluster().node(ground.cluster().awaitLeader(rest, first.id()));
            second.kill();
            ground.suffer();
            first.start();
            second.start();
        }
    },
    TERMINATE_LEADER {
        @Override
        void strike(Ground ground) throws IOException, InterruptedException {
            var victim = ground.leader();
            victim.terminate();
            ground.suffer();
            victim.start();
        }
    },
    FREEZE_LEADER {
        @Override
        void strike(Ground ground) throws IOException, InterruptedException {
            var victim = ground.leader();
            victim.freeze();
            ground.suffer();
            victim.thaw();
        }
    },
    FREEZE_MAJORITY {
        @Override
        void strike(Ground ground) throws IOException, InterruptedException {
            var nodes = ground.cluster().nodes();
            int majority = nodes.size() / 2 + 1;
            for (int i = 0; i < majority; i++) {
                nodes.get(i).freeze();
            }
            ground.suffer();
            for (int i = 0; i < majority; i++) {
                nodes.get(i).thaw();
            }
        }
    },
    CUT_OFF_LEADER {
        @Override
        boolean possible(Ground ground) {
            return ground.network().isPresent();
        }

        @Override
        void strike(Ground ground) throws IOException, InterruptedException {
            var network = ground.network().orElseThrow();
            int leader = ground.leader().id();
            for (var node : ground.cluster().nodes()) {
                if (node.id() != leader) {
                    network.cut(leader, node.id());
                    network.cut(node.id(), leader);
                }
            }
            ground.suffer();
            network.heal();
        }
    },
    SPLIT_WITH_LEADER_IN_THE_LARGER_PART {
        @Override
        boolean possible(Ground ground) {
            return ground.network().isPresent();
        }

        @Override
        void strike(Ground ground) throws IOException, InterruptedException {
            var network = ground.network().orElseThrow();
            int cutOff = ground.follower().id();
            for (var node : ground.cluster().nodes()) {
                if (node.id() != cutOff) {
                    network.cut(cutOff, node.id());
                    network.cut(node.id(), cutOff);
                }
            }
            ground.suffer();
            network.heal();
        }
    },
    LEADER_HEARS_AND_IS_NOT_HEARD {
        @Override
        boolean possible(Ground ground) {
            return ground.network().isPresent();
        }

        @Override
        void strike(Ground ground) throws IOException, InterruptedException {
            var network = ground.network().orElseThrow();
            int leader = ground.leader().id();
            for (var node : ground.cluster().nodes()) {
                if (node.id() != leader) {
                    network.cut(leader, node.id());
                }
            }
            ground.suffer();
            network.heal();
        }
    },
    EACH_HEARS_ONLY_THE_NEXT {
        @Override
        boolean possible(Ground ground) {
            return ground.network().isPresent() && ground.cluster().nodes().size() >= 5;
        }

        @Override
        void strike(Ground ground) throws IOException, InterruptedException {
            var network = ground.network().orElseThrow();
            int count = ground.cluster().nodes().size();
            for (int from = 0; from < count; from++) {
                for (int to = 0; to < count; to++) {
                    int apart = Math.floorMod(to - from, count);
                    if (apart > 1 && apart < count - 1) {
                        network.cut(from + 1, to + 1);
                    }
                }
            }
            ground.suffer();
            network.heal();
        }
    };

    boolean possible(Ground ground) {
        return true;
    }

    abstract void strike(Ground ground) throws IOException, InterruptedException;

    String inWords() {
        return name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }

    /** What faults work on. */
    record Ground(LocalCluster cluster, Optional<Namespaces> network, SplittableRandom random) {
        NodeProcess leader() throws IOException, InterruptedException {
            return cluster.node(cluster.awaitLeader(cluster.nodes(), 0));
        }

        NodeProcess follower() throws IOException, InterruptedException {
            int leader = leader().id();
            int others = cluster.nodes().size() - 1;
            return cluster.node(Math.floorMod(
                            leader + random.nextInt(others), cluster.nodes().size())
                    + 1L);
        }

        /** From less than an election timeout to several of them. */
        void suffer() throws InterruptedException {
            Thread.sleep(200 + random.nextInt(2_800));
        }
    }
}
