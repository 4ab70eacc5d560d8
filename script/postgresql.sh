# shellcheck shell=sh
# Read by the scripts beside it: a PostgreSQL of their own, from the machine's programs, for as long as they run.
# The script sets $scratch, a folder with a short name outside of TMPDIR: the user who runs PostgreSQL has to reach it,
# and the name of a socket has to be short. It calls stop_postgresql when it ends.

programs=''

# PostgreSQL refuses to run as root, so root hands it to a user who may do nothing else.
as_server() {
    (
        cd "$scratch"
        if [ "$(id -u)" != 0 ]; then
            "$@"
        elif command -v runuser >/dev/null; then
            runuser -u nobody -- "$@"
        else
            # The inner shell is the one to expand these.
            # shellcheck disable=SC2016
            su -s /bin/sh nobody -c 'exec "$0" "$@"' -- "$@"
        fi
    )
}

# The newest that is installed, among the folders of PATH and those that Debian keeps out of it.
find_programs() {
    newest=0
    folders=$PATH
    for folder in /usr/lib/postgresql/*/bin; do
        folders=$folders:$folder
    done
    IFS=:
    for folder in $folders; do
        if [ -x "$folder/initdb" ] && [ -x "$folder/pg_ctl" ] && [ -x "$folder/postgres" ]; then
            version=$("$folder/postgres" --version | sed 's/^[^0-9]*\([0-9]*\).*/\1/')
            if [ "$version" -gt "$newest" ]; then
                newest=$version
                programs=$folder
            fi
        fi
    done
    unset IFS
    [ "$newest" -ge 14 ]
}

# Arguments are lines of postgresql.conf. What went wrong stands at the end of $scratch/log.
start_postgresql() {
    if [ "$(id -u)" = 0 ]; then chown nobody "$scratch"; fi
    # In the plain C locale only the letters of ASCII would have an upper and a lower case.
    for locale in C.UTF-8 en_US.UTF-8; do
        as_server "$programs/initdb" --pgdata "$scratch/pg" --username postgres --auth trust --encoding UTF8 \
            --locale "$locale" --no-sync >"$scratch/log" 2>&1 && break
    done
    [ -e "$scratch/pg/postgresql.conf" ] || return 1
    printf '%s\n' "listen_addresses = ''" 'port = 5432' "unix_socket_directories = '$scratch'" \
        'max_connections = 100' "$@" >>"$scratch/pg/postgresql.conf"
    as_server "$programs/pg_ctl" start --silent --wait --pgdata "$scratch/pg" --log "$scratch/pg/log" \
        >>"$scratch/log" 2>&1 || return 1
    export PGPORT=5432
}

stop_postgresql() {
    if [ -e "$scratch/pg/postmaster.pid" ]; then
        as_server "$programs/pg_ctl" stop --silent --wait --mode immediate --pgdata "$scratch/pg" || true
    fi
}
