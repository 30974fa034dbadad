#!/usr/bin/env bash
# Every test of the project; installs what is missing (curl, sqlite3, npm packages, Chromium).
set -euo pipefail
cd "$(dirname "$0")"

install() { # install PACKAGE, where that is possible
	[ "$(id -u)" = 0 ] && command -v apt-get >/dev/null || { echo "install $1 first"; exit 1; }
	apt-get update -qq
	DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 install -y -qq --no-install-recommends "$1" >/dev/null
}
command -v curl >/dev/null || install curl       # the simulated bank's README is tried out as written
command -v sqlite3 >/dev/null || install sqlite3 # the browser tests change prices behind the shop's back

unformatted=$(gofmt -l $(git ls-files '*.go'))
[ -z "$unformatted" ] || { echo "gofmt: $unformatted"; exit 1; }
go vet ./...
go test -timeout 20m ./...
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
npx playwright test
