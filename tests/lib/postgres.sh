# A throwaway PostgreSQL server, for tests. To be sourced.
#
#   start_postgres   starts one, installing the package if need be; exports HYDRAULICS_TEST_POSTGRES_URL.
#                    `start_postgres durable` starts one with the settings of a real one, for measuring
#   stop_postgres    stops it and removes all of it

# Where initdb and pg_ctl are, or nothing.
postgres_bin() {
    local found
    found=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1)
    if [ -n "$found" ]; then
        echo "$found"
    elif command -v initdb >/dev/null && command -v pg_ctl >/dev/null; then
        dirname "$(command -v initdb)"
    fi
}

install_postgres() {
    echo "== PostgreSQL is not installed; installing it"
    local sudo=
    [ "$(id -u)" = 0 ] || sudo=sudo
    $sudo apt-get update -q
    # Without the cluster that Debian's package would make and start.
    DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -q --no-install-recommends postgresql
}

# Runs a command as someone who may run a server; PostgreSQL refuses to be run by root.
as_postgres() {
    if [ -n "$POSTGRES_USER" ]; then
        (cd / && runuser -u "$POSTGRES_USER" -- "$@")
    else
        "$@"
    fi
}

start_postgres() {
    [ -n "$(postgres_bin)" ] || install_postgres
    POSTGRES_BIN=$(postgres_bin)
    POSTGRES_USER=
    if [ "$(id -u)" = 0 ]; then
        POSTGRES_USER=nobody
        if id postgres >/dev/null 2>&1; then POSTGRES_USER=postgres; fi
    fi
    POSTGRES_FOLDER=$(mktemp -d /tmp/hydraulics-postgres.XXXXXX)
    [ -z "$POSTGRES_USER" ] || chown "$POSTGRES_USER" "$POSTGRES_FOLDER"
    echo "== Starting PostgreSQL in $POSTGRES_FOLDER"
    as_postgres "$POSTGRES_BIN/initdb" --pgdata="$POSTGRES_FOLDER/data" --username=hydraulics \
        --auth=trust --encoding=UTF8 --locale=C --no-sync >"$POSTGRES_FOLDER/initdb.log"
    # Commits are written and not synced, and nothing is tidied up: nothing here outlives the run.
    local careless='-c fsync=off -c full_page_writes=off -c autovacuum=off'
    [ "${1:-}" != durable ] || careless=
    # On a Unix socket in that folder only, so that no port can be taken.
    if ! as_postgres "$POSTGRES_BIN/pg_ctl" --pgdata="$POSTGRES_FOLDER/data" --wait --silent \
        --log="$POSTGRES_FOLDER/postgres.log" \
        --options="-c listen_addresses='' -c unix_socket_directories='$POSTGRES_FOLDER' \
            -c max_connections=200 $careless" start; then
        cat "$POSTGRES_FOLDER/postgres.log" >&2
        return 1
    fi
    # The tests may be run by someone else than the server.
    chmod 755 "$POSTGRES_FOLDER"
    local host=${POSTGRES_FOLDER//\//%2F}
    export HYDRAULICS_TEST_POSTGRES_URL="postgres://hydraulics@$host/postgres"
}

stop_postgres() {
    [ -n "${POSTGRES_FOLDER:-}" ] || return 0
    as_postgres "$POSTGRES_BIN/pg_ctl" --pgdata="$POSTGRES_FOLDER/data" --mode=immediate --silent stop || true
    rm -rf "$POSTGRES_FOLDER"
    POSTGRES_FOLDER=
}
