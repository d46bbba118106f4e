#!/bin/sh
# What the image does, without Docker: the userland of the Dockerfile's last stage (Debian's own packages), a PostgreSQL as new
# as compose.yaml's with the role of postgres-owner.sh, and the service as compose.yaml runs it: an ordinary user, no
# capabilities, only /data and /tmp can be written. A backup is made, read back into an empty database and verified. Needs root
# and Debian's mirror; about two minutes the first time. `sh scripts/image.sh [BINARY]`
set -eu
. "$(dirname "$0")/env.sh"
binary=${1:-$TARGET_DIR/debug/huiying}
[ "$(id -u)" -eq 0 ] || fail "要在临时文件夹里挂载与切换用户，请以 root 运行。"
[ -x "$binary" ] || fail "没有 $binary。请先构建，或在参数里给出路径。"
sh scripts/packages.sh debootstrap
release=$(sed -n 's/^FROM debian:\([a-z]*\)-slim$/\1/p' Dockerfile)
packages=$(sed -n 's/.*apt-get install -y --no-install-recommends \(.*\) \\$/\1/p' Dockerfile | tail -n 1)
server=$(printf '%s' "$packages" | sed -n 's/.*postgresql-client-\([0-9]*\).*/\1/p')
[ -n "$release" ] && [ -n "$server" ] || fail "没有在 Dockerfile 里找到最后一层的系统与 postgresql-client。"
roots=$TOOLS_DIR/image-$release
folder=$(mktemp -d)
stop() {
    chroot "$roots/server" su postgres -s /bin/sh -c "pg_ctlcluster $server office stop -m immediate" >/dev/null 2>&1 || true
    chroot "$roots/server" pg_dropcluster "$server" office >/dev/null 2>&1 || true
    umount "$roots/server/proc" 2>/dev/null || true
    rm -rf "$folder"
}
if [ ! -e "$roots/.made" ]; then
    say "取来 $release 的软件包"
    rm -rf "$roots" && mkdir -p "$roots"
    {
        debootstrap --variant=minbase --include="$(printf '%s' "$packages" | tr ' ' ',')" "$release" "$roots/image" \
            http://deb.debian.org/debian
        cp -a "$roots/image" "$roots/server"
        chroot "$roots/server" apt-get install -y -q --no-install-recommends "postgresql-$server"
        chroot "$roots/image" useradd --system --uid 10001 --home-dir /data --shell /usr/sbin/nologin huiying
    } >"$folder/log" 2>&1 || { tail -n 5 "$folder/log"; exit 1; }
    install -d "$roots/image/data" "$roots/image/usr/share/huiying"
    touch "$roots/.made"
fi
trap stop EXIT
trap 'exit 130' INT TERM
say "PostgreSQL $server"
mountpoint -q "$roots/server/proc" || mount -t proc proc "$roots/server/proc"
chroot "$roots/server" pg_dropcluster "$server" office --stop >/dev/null 2>&1 || true
chroot "$roots/server" pg_createcluster "$server" office -p 54917 -- --encoding=UTF8 --locale=C.UTF-8 >/dev/null
chroot "$roots/server" su postgres -s /bin/sh -c "pg_ctlcluster $server office start"
cp scripts/postgres-owner.sh "$roots/server/tmp/owner.sh"
chroot "$roots/server" su postgres -s /bin/sh -c "PGPORT=54917 HUIYING_DB_PASSWORD=abc123def456 sh /tmp/owner.sh && createdb -p 54917 -O huiying again" >/dev/null
cp "$binary" "$roots/image/usr/local/bin/huiying"
rm -rf "$roots/image/usr/share/huiying/rules" && cp -r rules "$roots/image/usr/share/huiying/rules"
say "服务、备份、恢复、核验"
PATH=$PATH:/usr/sbin:/sbin ROOT=$roots/image DATA=$folder unshare -mpf --kill-child sh -eu <<'E2'
mount --bind "$ROOT" /mnt && mount -o remount,bind,ro /mnt
mkdir "$DATA/data" && chown 10001:10001 "$DATA/data" && mount --bind "$DATA/data" /mnt/data
mount -t tmpfs tmpfs /mnt/tmp && mount -t proc proc /mnt/proc && mount --bind /dev /mnt/dev
export HOME=/data HUIYING_RULES__DIR=/usr/share/huiying/rules HUIYING_AUTHORS__KEY_FILE=/data/huiying.author-key \
    HUIYING_WEB__FIRST_PASSWORD_FILE=/data/first-password HUIYING_WEB__LISTEN=127.0.0.1:18917
as() {
    database=$1
    shift
    HUIYING_DATABASE__URL=postgres://huiying:abc123def456@127.0.0.1:54917/$database chroot /mnt setpriv --reuid 10001 --regid 10001 \
        --clear-groups --no-new-privs --bounding-set=-all --inh-caps=-all sh -c 'cd /data && exec "$@"' sh "$@"
}
as huiying huiying serve >"$DATA/log" 2>&1 &
for _ in $(seq 60); do
    curl -sf http://127.0.0.1:18917/readyz >/dev/null && break
    sleep 1
done
curl -sf http://127.0.0.1:18917/readyz >/dev/null || { tail -n 5 "$DATA/log"; exit 1; }
printf '{"text":"绩溪县城一栋居民楼坍塌，已致 12 人死亡，仍有人被困","channel":"weibo"}\n' >"$DATA/data/post.jsonl"
as huiying huiying import /data/post.jsonl --format mentions --live
as huiying huiying backup /data/backup
as huiying huiying backup /usr/backup && { echo "a read-only folder took a backup"; exit 1; }
as again huiying restore /data/backup
as again huiying verify
E2
