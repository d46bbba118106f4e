#!/bin/sh
# Runs the seeded tests (kill points, kills of real processes, the naive model, the simulation, properties) again and again
# with other seeds until the time is over, and stops at the first failure, naming the seed that shows it.
set -eu
. "$(dirname "$0")/env.sh"
minutes=${1:-30}
case $minutes in '' | *[!0-9]*) fail "分钟数应为整数，例如：make soak MINUTES=60" ;; esac
sh scripts/toolchain.sh
sh scripts/packages.sh postgresql
until=$(($(date +%s) + minutes * 60))
round=0
while [ "$(date +%s)" -lt "$until" ]; do
    round=$((round + 1))
    HUIYING_SEED=$(od -An -N4 -tu4 /dev/urandom | tr -d ' ')
    export HUIYING_SEED PROPTEST_CASES=2000 HUIYING_TIMES=10 HUIYING_KILLS=200 HUIYING_SEEDS=10000
    export HUIYING_DATABASE_KILLS=20 HUIYING_FULL_DISKS=20 HUIYING_FROZEN=20
    export HUIYING_CRAWL_SOURCES=10 HUIYING_CRAWL_ITEMS=200 HUIYING_CRAWL_KILLS=15 HUIYING_FUZZ_S=600 HUIYING_IMPORT_ROWS=20000
    say "第 $round 轮，种子 $HUIYING_SEED"
    cargo test --locked -- kill crash model simulation property fuzz ||
        fail "第 $round 轮失败。重现：HUIYING_SEED=$HUIYING_SEED PROPTEST_CASES=2000 HUIYING_TIMES=10 HUIYING_KILLS=200 HUIYING_DATABASE_KILLS=20 HUIYING_FULL_DISKS=20 HUIYING_FROZEN=20 HUIYING_SEEDS=10000 HUIYING_CRAWL_SOURCES=10 HUIYING_CRAWL_ITEMS=200 HUIYING_CRAWL_KILLS=15 HUIYING_FUZZ_S=600 HUIYING_IMPORT_ROWS=20000 cargo test -- kill crash model simulation property fuzz"
done
say "$minutes 分钟内 $round 轮全部通过"
