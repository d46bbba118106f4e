# syntax=docker/dockerfile:1
# Three stages: the dashboards (Node), the binary (Rust) with the dashboards embedded, and a small image that runs it as
# an ordinary user. Data lies in /data; rules in /usr/share/huiying/rules, or mount your own there. `pg_dump` for backups is as
# new as the PostgreSQL of compose.yaml; a house test compares the two.

FROM node:22-bookworm-slim AS dashboards
WORKDIR /build/dashboards/web
COPY dashboards/web/package.json dashboards/web/package-lock.json dashboards/web/.npmrc ./
RUN npm ci --no-audit --no-fund
COPY dashboards/web ./
COPY src/domain/terms.json /build/src/domain/terms.json
COPY src/domain/incident/acts.json /build/src/domain/incident/acts.json
RUN npm run build

FROM rust:1.95-bookworm AS binary
WORKDIR /build
COPY . .
COPY --from=dashboards /build/dashboards/web/dist dashboards/web/dist
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/build/target \
    cargo build --release --locked --bin huiying && cp target/release/huiying /huiying

FROM debian:trixie-slim
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates tzdata postgresql-client-17 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --home-dir /data --shell /usr/sbin/nologin huiying \
    && install -d -o huiying -g huiying -m 0750 /data
COPY --from=binary /huiying /usr/local/bin/huiying
COPY rules /usr/share/huiying/rules
ENV HUIYING_RULES__DIR=/usr/share/huiying/rules \
    HUIYING_DATABASE__URL=sqlite:/data/huiying.db \
    HUIYING_AUTHORS__KEY_FILE=/data/huiying.author-key \
    HUIYING_WEB__FIRST_PASSWORD_FILE=/data/first-password \
    HUIYING_WEB__LISTEN=0.0.0.0:8080
USER huiying
WORKDIR /data
VOLUME /data
EXPOSE 8080
# The image has no curl; bash speaks enough HTTP to ask for /readyz (the database answers, the rules are loaded).
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 \
    CMD ["bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/8080 && printf 'GET /readyz HTTP/1.0\\r\\nHost: localhost\\r\\n\\r\\n' >&3 && head -n 1 <&3 | grep -q ' 200 '"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["huiying"]
CMD ["serve"]
