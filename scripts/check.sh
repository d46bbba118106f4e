#!/bin/sh
# What is told without running anything: format, lints, types. All of it is looked at even if something is wrong.
set -u
. "$(dirname "$0")/env.sh"
wrong=
say "格式（cargo fmt）"
cargo fmt --check || wrong="$wrong、格式（make fmt）"
say "静态检查（clippy）"
cargo clippy --profile test --locked --all-targets -- -D warnings || wrong="$wrong、clippy"
say "界面：类型检查"
(cd dashboards/web && npm run --silent check) || wrong="$wrong、界面类型"
[ -z "$wrong" ] || fail "未通过：${wrong#、}"
