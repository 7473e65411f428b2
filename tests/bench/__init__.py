"""`make bench`: measures this machine, each number beside its raw limit from the same run."""
