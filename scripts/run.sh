#!/bin/sh
# Builds dashboards and binary, then starts `huiying` with the arguments given (`serve`, `serve --drill` …).
set -eu
. "$(dirname "$0")/env.sh"
sh scripts/dashboards.sh
say "构建程序（首次约 7 分钟，以后只构建改动的部分）"
cargo build --release --locked --bin huiying >&2
say "启动：huiying $*"
exec "$TARGET_DIR/release/huiying" "$@"
