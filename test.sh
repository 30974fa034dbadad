#!/usr/bin/env bash
# Every test of the project; installs what is missing (curl, sqlite3, PostgreSQL, npm packages,
# Chromium). PostgreSQL is a server of its own, in a temporary folder, unless TEST_DATABASE_URL names
# one. With -long also what takes longer: every planted fault instead of a part of them, more
# packages on PostgreSQL, more orders, a shop that is killed at some 300 moments, outages of
# their full length, the packages that run things at once under the race detector, a minute of
# every fuzz target.
set -euo pipefail
cd "$(dirname "$0")"
long=
case "${1:-}" in
"") ;;
-long) long=1 ;;
*) echo "usage: ./test.sh [-long]"; exit 64 ;;
esac
step() { # step NAME COMMAND…: runs it and tells how long it took
	local name=$1 began=$SECONDS
	shift
	"$@"
	echo "== $name: $((SECONDS - began)) s"
}

install() { # install PACKAGE, where that is possible
	[ "$(id -u)" = 0 ] && command -v apt-get >/dev/null || { echo "install $1 first"; exit 1; }
	apt-get update -qq
	DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 install -y -qq --no-install-recommends "$1" >/dev/null
}
command -v curl >/dev/null || install curl       # the simulated bank's README is tried out as written
command -v sqlite3 >/dev/null || install sqlite3 # the browser tests change prices behind the shop's back

if [ -z "${TEST_DATABASE_URL:-}" ] && ! ls /usr/lib/postgresql/*/bin/postgres >/dev/null 2>&1; then
	install postgresql
fi
# on_postgres COMMAND…: runs it beside a server, if it is not told of one
on_postgres() { go run ./e2e/postgres/cmd/with-postgres "$@"; }
# The tests on SQLite must not find the server.
server=${TEST_DATABASE_URL:-}
unset TEST_DATABASE_URL

unformatted=$(gofmt -l $(git ls-files '*.go'))
[ -z "$unformatted" ] || { echo "gofmt: $unformatted"; exit 1; }
step vet go vet ./...
step staticcheck go tool staticcheck ./...
# vet has read the tests, too: go test need not begin with a part of it.
step "Go tests" go test -vet=off -timeout 20m $(go list ./... | grep -v -e /payments/planted -e /payments/lives)
TEST_DATABASE_URL=$server step "Go tests on PostgreSQL" on_postgres \
	go test -vet=off -timeout 40m ./models/catalog ${long:+./models ./payments ./handlers}
TEST_DATABASE_URL=$server step "several instances, and a move" on_postgres \
	go test -vet=off -run 'TestMove|Instance|Everywhere' .
# What follows is drawn from a seed that it prints, a fresh one each time.
lives=1000 orders=100 kills=5
[ -z "$long" ] || lives=20000 orders=2000 kills=60
step "order lives" go test -C payments/lives -vet=off -count=1 -timeout 90m -args -lives $lives
step "chaos on SQLite" go run ./e2e/chaos -faults 5 -orders $orders -kills $kills
step "chaos on PostgreSQL" go run ./e2e/chaos -faults 5 -orders $orders -kills $kills -db postgres -instances 3
if [ -n "$long" ]; then
	# The moments that the Go tests above leave out, and outages of their full length.
	step "killed at any moment" go test -vet=off -timeout 60m -count=1 -v -run 'Killed' ./e2e/chaos -args -long
	step "outages" go test -vet=off -timeout 60m -count=1 -run 'TheDiskFails|TheBankIsOut|TheDatabaseIsAway' ./e2e/chaos -args -long
fi
step "planted faults" go test -timeout 60m ./payments/planted ${long:+-args -all}
if [ -n "$long" ]; then
	step "race detector" go test -vet=off -race -timeout 40m ./models ./payments ./handlers
	for package in $(go list ./...); do
		for target in $(go test -list '^Fuzz' "$package" | grep '^Fuzz' || true); do
			step "$target" go test "$package" -run '^$' -fuzz "^$target\$" -fuzztime 1m
		done
	done
fi
go build -o bin/ . ./payments/simulator/cmd/bog-simulator

command -v node >/dev/null || { echo "Node 20 or later is needed for the browser tests"; exit 1; }
browser() {
	for b in "${CHROMIUM:-}" chromium chromium-browser google-chrome; do
		[ -n "$b" ] && command -v "$b" && return
	done
	return 1
}
if ! CHROMIUM=$(browser); then
	install chromium
	CHROMIUM=$(browser) # another one can be named by CHROMIUM
fi
export CHROMIUM

cd e2e
if ! cmp -s package-lock.json node_modules/.lock-used; then
	npm ci --no-audit --no-fund --loglevel=error
	cp package-lock.json node_modules/.lock-used
fi
step "browser tests" npx playwright test
