#!/usr/bin/env bash
# Every test of the project; installs what is missing (curl, sqlite3, npm packages, Chromium).
# With -long also what takes longer: every planted fault instead of a part of them, the
# packages that run things at once under the race detector, a minute of every fuzz target.
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

unformatted=$(gofmt -l $(git ls-files '*.go'))
[ -z "$unformatted" ] || { echo "gofmt: $unformatted"; exit 1; }
step vet go vet ./...
step staticcheck go tool staticcheck ./...
# vet has read the tests, too: go test need not begin with a part of it.
step "Go tests" go test -vet=off -timeout 20m $(go list ./... | grep -v -e /payments/planted -e /payments/lives)
step "order lives" go test -C payments/lives -vet=off -count=1 -timeout 40m ${long:+-args -lives 100000} # prints a fresh seed each time
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
