#!/usr/bin/env bash
# Round trips of journals and databases with the real Optuna, 4.9 and 5.0, in environments made here.
#
#     tests/optuna/run.sh FOLDER
#
# FOLDER is a scratch folder. Where PostgreSQL is installed, a server is started in it on the loopback
# address, the tests of `tests/api/postgres.rs` run on it, and it goes when this ends.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$1"
scratch=$(cd "$1" && pwd)
port=${TUNEWRIGHT_POSTGRES_PORT:-55433}
cd "$here/../.."

cargo build --release --example durable --features "sqlite postgres"
durable=${CARGO_TARGET_DIR:-target}/release/examples/durable

programs=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | tail -n 1 || true)
server=
if [ -n "$programs" ]; then
    server=$(mktemp -d "${TMPDIR:-/tmp}/tunewright-postgres.XXXXXX")
    as=()
    if [ "$(id -u)" = 0 ]; then
        # The server refuses to run as root.
        chown postgres "$server"
        as=(setpriv --reuid=postgres --regid=postgres --clear-groups)
    fi
    stop() {
        (cd / && "${as[@]}" "$programs/pg_ctl" -D "$server/data" -m immediate stop >/dev/null) || true
        rm -rf "$server"
    }
    trap stop EXIT
    options="-p $port -k $server -c listen_addresses=127.0.0.1"
    (cd / && "${as[@]}" "$programs/initdb" -D "$server/data" -A trust -U tunewright >/dev/null)
    (cd / && "${as[@]}" "$programs/pg_ctl" -D "$server/data" -l "$server/log" -o "$options" -w start >/dev/null)
else
    echo "PostgreSQL is not installed: its round trips and tests are skipped"
fi
postgres=postgres://tunewright@127.0.0.1:$port

for version in 4.9.0 5.0.0; do
    python=$scratch/optuna-$version/bin/python
    if [ ! -x "$python" ]; then
        python3 -m venv "$scratch/optuna-$version"
        "$python" -m pip install --quiet "optuna==$version" psycopg2-binary
    fi
    echo "Optuna $version, journal"
    rm -rf "$scratch/journals" && mkdir "$scratch/journals"
    "$python" -W ignore "$here/journal.py" "$durable" "$scratch/journals"
    echo "Optuna $version, SQLite"
    rm -f "$scratch/runs.db"*
    "$python" "$here/databases.py" "$durable" "sqlite:$scratch/runs.db"
    if [ -n "$server" ]; then
        echo "Optuna $version, PostgreSQL"
        name=optuna_${version//./_}
        "$programs/createdb" -h 127.0.0.1 -p "$port" -U tunewright "$name"
        "$python" "$here/databases.py" "$durable" "$postgres/$name"
    fi
done

if [ -n "$server" ]; then
    TUNEWRIGHT_POSTGRES=$postgres/postgres cargo test --features "sqlite postgres" --test api postgres
fi
