#!/bin/sh
# The browser tests of tests/web, in Debian's Chromium, against the binary in HUIYING_BIN.
set -eu
. "$(dirname "$0")/env.sh"
: "${HUIYING_BIN:=$TARGET_DIR/debug/huiying}" "${CHROMIUM:=$(command -v chromium || echo /usr/bin/chromium)}"
export HUIYING_BIN CHROMIUM PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1
[ -x "$HUIYING_BIN" ] || fail "没有 $HUIYING_BIN。请先运行 cargo test --no-run。"
cd tests/web
if [ ! -e node_modules/.huiying-installed ] || [ package-lock.json -nt node_modules/.huiying-installed ]; then
    npm ci --no-audit --no-fund
    touch node_modules/.huiying-installed
fi
npm test --silent
