#!/bin/sh
# Everything that must hold, in one run. Every step runs even if one before it failed; the last line is the sum of what
# the runners counted, and the exit status is that of the whole.
set -u
. "$(dirname "$0")/env.sh"

logs=$(mktemp -d)
trap 'rm -rf "$logs"' EXIT
passed=0
failed=0
broken=
report=
: >"$logs/failures"

# step NAME COMMAND...: runs it, shows its output, notes its time. A step that ends badly without having counted a
# failed test is itself one failure.
step() {
    name=$1
    shift
    say "$name"
    began=$(date +%s)
    { "$@" 2>&1; echo $? >"$logs/status"; } | tee "$logs/output"
    status=$(cat "$logs/status")
    node scripts/count.mjs "$logs/output" >"$logs/counts" || echo "0 0" >"$logs/counts"
    counts=$(head -n 1 "$logs/counts")
    sed 1d "$logs/counts" >>"$logs/failures"
    step_passed=${counts% *}
    step_failed=${counts#* }
    if [ "$status" -ne 0 ]; then
        broken="$broken、$name"
        [ "$step_failed" -gt 0 ] || step_failed=1
    fi
    passed=$((passed + step_passed))
    failed=$((failed + step_failed))
    report="$report
$(printf '%5s 秒  %5s 通过  %3s 失败  %s' $(($(date +%s) - began)) "$step_passed" "$step_failed" "$name")"
}

in_web() { (cd dashboards/web && "$@"); }

sh scripts/toolchain.sh || exit 2
sh scripts/packages.sh postgresql chromium fonts-noto-cjk || exit 2
# The binary that `cargo test` built: the browser tests and the rule check use it, so nothing is built twice.
export HUIYING_BIN="$TARGET_DIR/debug/huiying"
CHROMIUM=${CHROMIUM:-$(command -v chromium)}
export CHROMIUM

step "格式（cargo fmt）" cargo fmt --check
step "界面：安装与构建" sh scripts/dashboards.sh
step "界面：类型检查" in_web npm run --silent check
step "界面：单元测试" in_web npm run --silent test
step "静态检查（clippy）" cargo clippy --profile test --locked --all-targets -- -D warnings
# Not nextest: a process for each test would start a PostgreSQL for each test.
step "Rust 测试（SQLite 与 PostgreSQL）" cargo test --locked --no-fail-fast
step "规则自检（huiying rules check）" "$HUIYING_BIN" rules check
step "浏览器测试（Chromium）" sh scripts/browser.sh
step "依赖与许可（cargo deny）" sh scripts/cargo-deny.sh

printf '\n用时与结果：%s\n' "$report"
[ -z "$broken" ] || printf '未通过：%s\n' "${broken#、}"
head -n 20 "$logs/failures"
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
