#!/bin/sh
# Starts the broker of a container with the configuration in the first argument.
set -a
. /run/secrets/broker.env
for n in 1 2 3; do export "OTTIT_BROKER_ROUTE_$n=nats-route://cluster:$OTTIT_BROKER_PASSWORD_CLUSTER@nats-$n:6222"; done
set +a
# Streams of an earlier version are in the broker's global account: deploy/installation/broker_store.py explains it.
ACCOUNTS="$OTTIT_BROKER_STORE/jetstream"
if [ -d "$ACCOUNTS/\$G/streams" ] && [ ! -e "$ACCOUNTS/OTTIT" ]; then
    if [ -d "$ACCOUNTS/\$SYS/_js_" ]; then
        echo "The streams of this cluster were written by an earlier version, and a cluster cannot move them. Nothing was" \
            "changed. Start the earlier version, run \`ottit backup\`, and restore it into a new cluster."
        exit 1
    fi
    mv "$ACCOUNTS/\$G" "$ACCOUNTS/OTTIT" && sync
fi
exec nats-server -c "$1"
