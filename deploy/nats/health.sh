#!/bin/sh
# The health check of the broker's container: exits with 0 while the broker is healthy, else with 1.
# The broker keeps the error of a full disk until it restarts. With room in its folder again, this ends it (process 1
# of the container, or the one named by the first argument), and the container's restart policy starts it again.
MONITOR="${OTTIT_HEALTH_URL:-http://127.0.0.1:8222}"
STORE="${OTTIT_BROKER_STORE:-/data/broker}"

# The official image has wget; a local image built from Debian has bash.
page() {
    if command -v wget >/dev/null; then
        wget -q -O /dev/null "$MONITOR/healthz$1" 2>/dev/null
    else
        address="${MONITOR#http://}"
        bash -c 'exec 3<>"/dev/tcp/$1/$2" && printf "GET /healthz%s HTTP/1.0\\r\\n\\r\\n" "$3" >&3 &&
            read -r _ status _ <&3 && [ "$status" = 200 ]' health "${address%:*}" "${address#*:}" "$1" 2>/dev/null
    fi
}

page "?details=true" && exit 0
# A broker that is starting, or does not answer, fails this page, too: it must not be ended.
page "?js-enabled-only=true" || exit 1
if dd if=/dev/zero of="$STORE/.room" bs=1024 count=1024 conv=fsync 2>/dev/null; then
    echo "The broker has a write error and its folder can be written again: ending it, to be restarted."
    kill "${1:-1}"
else
    echo "The broker cannot write to its folder $STORE. Free some space; it restarts by itself then."
fi
rm -f "$STORE/.room"
exit 1
