#!/bin/sh
# Starts the broker of a container with the configuration in the first argument.
set -a
. /run/secrets/broker.env
for n in 1 2 3; do export "OTTIT_BROKER_ROUTE_$n=nats-route://cluster:$OTTIT_BROKER_PASSWORD_CLUSTER@nats-$n:6222"; done
set +a
sh "${0%/*}/move-streams.sh" "$OTTIT_BROKER_STORE/jetstream" || exit 1
exec nats-server -c "$1"
