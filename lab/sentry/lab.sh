# What every script of the lab shares: paths, output, and how to recognize its own processes.
# shellcheck shell=bash disable=SC2034  # names are for the scripts that read this file
set -Eeuo pipefail # -E: the trap below holds inside functions, too

HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# Not below a home folder: those are often closed to the user `postgres`, who owns the database.
SENTRY_LAB=$(realpath -m "${SENTRY_LAB:-/var/tmp/sentry-lab}")
export SENTRY_LAB SENTRY_LAB_PORT=${SENTRY_LAB_PORT:-9000}
LAB=$SENTRY_LAB LOGS=$SENTRY_LAB/log
WEB=$SENTRY_LAB_PORT POSTGRES=$((SENTRY_LAB_PORT + 1)) REDIS=$((SENTRY_LAB_PORT + 2)) STUB=$((SENTRY_LAB_PORT + 3))

say() { echo "[$(date +%T)] $*" >&2; }

die() { # die MESSAGE [LOG]
  say "error: $1"
  [ $# -lt 2 ] || { say "its log: $2"; tail -n 5 "$2" 2>/dev/null | sed 's/^/    /' >&2; }
  trap - ERR
  exit 1
}

trap 'die "${0##*/} stopped at line $LINENO: $BASH_COMMAND" "$(ls -t "$LOGS"/*.log 2>/dev/null | head -n 1)"' ERR

listens() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; } # listens PORT

sql() { psql -qAt -v ON_ERROR_STOP=1 -h 127.0.0.1 -p "$POSTGRES" -U postgres "$@"; }

as_postgres() { # the database refuses to run as root, and any other user may run it
  if [ "$(id -u)" = 0 ]; then runuser -u postgres -- "$@"; else "$@"; fi
}

postgres_bin() { # the folder of initdb and pg_ctl: of the version that made our data, else the newest
  local version
  version=$(cat "$LAB/pg/PG_VERSION" 2>/dev/null) || version='*'
  # shellcheck disable=SC2086  # the star is meant
  find /usr/lib/postgresql/$version/bin -maxdepth 0 2>/dev/null | sort -V | tail -n 1
}

pid_file() { if [ "$1" = postgres ]; then echo "$LAB/pg/postmaster.pid"; else echo "$LAB/run/$1.pid"; fi; }

pid_of() { # pid_of NAME: prints the recorded process id if that process is still the one we started
  local pid program subject=
  case $1 in
    web | worker) program=$LAB/venv/ ;;
    stub) program=stubs.py subject=$STUB ;;
    redis) program=redis-server subject=$REDIS ;;
    postgres) program=postgres subject=$LAB/pg ;;
  esac
  pid=$(head -n 1 "$(pid_file "$1")") || return 1
  # Ids are given out again, and a zombie keeps its id but loses its command line: so kill -0 would not do.
  [[ $(tr '\0' ' ' <"/proc/$pid/cmdline") == *"$program"*"$subject"* ]] && echo "$pid"
} 2>/dev/null
