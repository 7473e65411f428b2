#!/bin/sh
# Moves the streams of a version without broker accounts to the account in which they are now, before the broker starts:
# deploy/installation/broker_store.py does the same without containers. The argument is the broker's folder of accounts.
# Fails for a node of a cluster, which keeps the account's name in its own log, so that nobody takes it for empty.
if [ ! -d "$1/\$G/streams" ] || [ -e "$1/OTTIT" ]; then
    exit 0
fi
if [ -d "$1/\$SYS/_js_" ]; then
    echo "The streams of this cluster were written by an earlier version, and a cluster cannot move them. Nothing was" \
        "changed. Start the earlier version, run \`ottit backup\`, and restore the backup into a new cluster."
    exit 1
fi
mv "$1/\$G" "$1/OTTIT" && sync
