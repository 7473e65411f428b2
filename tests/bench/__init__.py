"""`make bench`: what this machine gives, each number beside its raw limit from the same run."""
