#!/bin/sh
# The health check of the broker's container: exits with 0 while the broker is healthy, else with 1.
# The broker keeps the error of a full disk until it restarts. With room in its folder again, this ends it (process 1
# of the container, or the one named by the first argument), and the container's restart policy starts it again.
# `health.sh kubelet` is a liveness probe, whose failure ends the container: it fails if the broker does not answer, or
# keeps a write error although there is room. A broker that waits for room or for its cluster must not be ended.
MONITOR="${OTTIT_HEALTH_URL:-http://127.0.0.1:8222}"
STORE="${OTTIT_BROKER_STORE:-/data/broker}"
address="${MONITOR#http://}"
host="${address%:*}"
port="${address#*:}"

# The whole answer of a page. The official image has nc; its wget does not show the body of a failure. A local image
# built from Debian has bash.
page() {
    request="GET /healthz$1 HTTP/1.0\r\n\r\n"
    if command -v nc >/dev/null; then
        printf "$request" | nc -w 2 "$host" "$port" 2>/dev/null
    else
        timeout 2 bash -c 'exec 3<>"/dev/tcp/$1/$2" && printf "$3" >&3 && cat <&3' health "$host" "$port" "$request" \
            2>/dev/null
    fi
}

unhealthy=1
[ "$1" = kubelet ] && unhealthy=0

# Without `details` the page says "ok" although a stream cannot write.
case "$(page "?details=true")" in
"") exit 1 ;;
HTTP/1.?" 200"*) exit 0 ;;
*"write error"*) ;;
*)
    # It is starting, or a stream is not up to date yet: it heals by itself.
    case "$(page "?js-enabled-only=true")" in HTTP/1.?" 200"*) exit $unhealthy ;; esac
    exit 1
    ;;
esac
if ! dd if=/dev/zero of="$STORE/.room" bs=1024 count=1024 conv=fsync 2>/dev/null; then
    rm -f "$STORE/.room"
    echo "The broker cannot write to its folder $STORE. Free some space; it restarts by itself then."
    exit $unhealthy
fi
rm -f "$STORE/.room"
echo "The broker has a write error and its folder can be written again: ending it, to be restarted."
[ "$1" = kubelet ] || kill "${1:-1}"
exit 1
