#!/usr/bin/env bash
# Every test of the project; installs what is missing (curl, sqlite3, PostgreSQL, npm packages,
# Chromium). PostgreSQL is a server of its own, in a temporary folder, unless TEST_DATABASE_URL names
# one. The tests of search and a part of the others run on PostgreSQL, another part in each run. With -long all run there, and it adds
# every planted fault instead of a part of them, more orders, a shop that is killed at some 300 moments, outages of
# their full length, the race detector for the packages that run things at once, and a minute of every fuzz target.
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
# The tests on SQLite must not find the server.
server=${TEST_DATABASE_URL:-}
unset TEST_DATABASE_URL
# on_postgres COMMAND…: runs it on the server that was named, or beside one of its own
on_postgres() { TEST_DATABASE_URL=$server go run dukani/e2e/postgres/cmd/with-postgres "$@"; }

lives=6000 orders=200 kills=10 one_in=6 shards=8
[ -z "$long" ] || lives=100000 orders=2000 kills=60 one_in=1 shards=1
# part PACKAGE: a pattern for go test -run that fits every $one_in-th of its tests; the first is drawn anew in each run
part() {
	go test -vet=off -list '^Test' "$1" | grep '^Test' |
		awk -v n=$one_in -v from=$((RANDOM % one_in)) 'NR % n == from' | paste -sd '|' | sed 's/.*/^(&)$/'
}

unformatted=$(gofmt -l $(git ls-files '*.go'))
[ -z "$unformatted" ] || { echo "gofmt: $unformatted"; exit 1; }
step vet go vet ./...
step staticcheck go tool staticcheck ./...
# vet has read the tests, too: go test need not begin with a part of it.
step "Go tests" go test -vet=off -timeout 20m $(go list ./... | grep -v -e /payments/planted -e /payments/lives -e /e2e/chaos$)
# Tests of kills and outages mostly wait, and lives take one core, so that there is time for other tests beside them.
chaos_and_lives() { # what is drawn comes from a seed that is printed, a fresh one each time
	step "chaos on SQLite" go run ./e2e/chaos -faults 5 -orders $orders -kills $kills
	step "chaos on PostgreSQL" go run ./e2e/chaos -faults 5 -orders $orders -kills $kills -db postgres -instances 3 -database-url "$server"
	step "killed at any moment, and outages" go test -vet=off -timeout 120m -parallel 6 -count=1 ./e2e/chaos ${long:+-v -args -long}
	step "order lives" go test -C payments/lives -vet=off -count=1 -timeout 90m -args -lives $lives
}
trap wait EXIT # chaos ends its shops and servers itself, also when another step fails
chaos_and_lives &
step "several instances, and a move" on_postgres go test -vet=off -run 'TestMove|Instance|Everywhere' .
step "search on PostgreSQL" on_postgres go test -vet=off -run 'Search|Georgian|Queries|SoldOutIsFound|Misspellings' ./models/catalog
for package in ./models/catalog ./models ./payments ./handlers; do
	step "$package on PostgreSQL" on_postgres go test -vet=off -timeout 40m -run "$(part "$package")" "$package"
done
step "planted faults" go test -timeout 60m ./payments/planted ${long:+-args -all}
wait $! # browsers have the machine to themselves
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
# The tests take half as long in the headless shell as in a whole Chromium. CHROMIUM can name another browser.
browser() {
	for b in chromium-headless-shell chromium chromium-browser google-chrome; do
		command -v "$b" && return
	done
	return 1
}
if [ -z "${CHROMIUM:-}" ]; then
	command -v chromium-headless-shell || (install chromium-headless-shell) || true
	CHROMIUM=$(browser) || { install chromium; CHROMIUM=$(browser); }
fi
export CHROMIUM

cd e2e
if ! cmp -s package-lock.json node_modules/.lock-used; then
	npm ci --no-audit --no-fund --loglevel=error
	cp package-lock.json node_modules/.lock-used
fi
[ -z "$long" ] || export EVERY_LOOK=1
step "browser tests" npx playwright test
step "browser tests on PostgreSQL" on_postgres npx playwright test --shard=$((RANDOM % shards + 1))/$shards
