# Sourced by scripts whose servers federate, which they do on port 80. A user who may not take it gets a
# network of their own, in which Postgres is reached by its socket: `"${network[@]}" COMMAND`.
network=()
if [ "$(id -u)" != 0 ] && [ "$(cat /proc/sys/net/ipv4/ip_unprivileged_port_start)" -gt 80 ]; then
    # shellcheck disable=SC2016,SC2034
    network=(unshare -rn sh -c 'ip link set lo up && exec "$@"' sh)
fi
