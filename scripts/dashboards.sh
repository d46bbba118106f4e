#!/bin/sh
# Installs the dashboards' packages and builds dashboards/web/dist, each only if something it depends on is newer than
# what the last run left.
set -eu
. "$(dirname "$0")/env.sh"
sh scripts/toolchain.sh

web=dashboards/web
installed=$web/node_modules/.huiying-installed
built=$web/node_modules/.huiying-built

if [ ! -e "$installed" ] || [ "$web/package-lock.json" -nt "$installed" ] || [ "$web/package.json" -nt "$installed" ]; then
    say "安装界面依赖（npm ci，约半分钟）"
    (cd "$web" && npm ci --no-audit --no-fund >&2)
    touch "$installed"
fi

changed() {
    [ ! -e "$built" ] || [ ! -e "$web/dist/index.html" ] ||
        [ -n "$(find "$web" src/domain/terms.json src/domain/incident/acts.json -path "$web/node_modules" -prune -o -path "$web/dist" -prune -o -type f -newer "$built" -print -quit)" ]
}
if changed; then
    say "构建界面（npm run build）"
    # The mark carries the time at which the build began, so that a file saved meanwhile counts as newer.
    touch "$built.new"
    (cd "$web" && npm run build >&2)
    mv "$built.new" "$built"
else
    say "界面已是最新"
fi
