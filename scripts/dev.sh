#!/bin/sh
# The service with a debug build and the dashboards with Vite's hot reload, behind one address. Arguments go to `huiying serve`
# (`--drill` plays a day). Ends both together.
set -eu
. "$(dirname "$0")/env.sh"
sh scripts/dashboards.sh
say "构建程序（调试版）"
cargo build --locked --bin huiying >&2
"$TARGET_DIR/debug/huiying" serve --listen 127.0.0.1:8080 "$@" &
service=$!
trap 'kill "$service" 2>/dev/null || true' EXIT
trap 'exit 130' INT TERM
say "打开 http://127.0.0.1:5173：改界面立即可见；改程序后重新运行 make dev"
(cd dashboards/web && HUIYING_URL=http://127.0.0.1:8080 npm run --silent dev -- --host 127.0.0.1 --port 5173 --strictPort)
