# syntax=docker/dockerfile:1

# The toolchain is the image's: rust-toolchain.toml is not copied, so that rustup fetches nothing.
FROM rust:1.95.0-bookworm AS build
WORKDIR /build
COPY Cargo.toml Cargo.lock ./
COPY .cargo ./.cargo
COPY migrations ./migrations
COPY config ./config
COPY src ./src
# Registry and compiled dependencies live in caches, so the binary has to be taken out of them in the same step.
RUN --mount=type=cache,target=/usr/local/cargo/registry,sharing=locked \
    --mount=type=cache,target=/build/target,sharing=locked \
    cargo build --release --locked --bin rollcall \
    && install -D -m 0755 target/release/rollcall /out/rollcall

FROM debian:bookworm-slim
RUN groupadd --system --gid 10001 rollcall \
    && useradd --system --uid 10001 --gid 10001 --home-dir /data --no-create-home --shell /usr/sbin/nologin rollcall \
    && install -d -o 10001 -g 10001 -m 0750 /data
COPY --from=build /out/rollcall /usr/local/bin/rollcall
COPY config/production.toml /app/config/production.toml
# config/<ROLLCALL_ENV>.toml is looked for here.
WORKDIR /app
USER 10001:10001
# The operators' listener stays on loopback inside the container until ROLLCALL__ADMIN__ADDR and a token say otherwise.
ENV ROLLCALL_ENV=production \
    ROLLCALL__HTTP__ADDR=0.0.0.0:8080
# The database, unless DATABASE_URL or DATABASE_URL_FILE names another.
ENV ROLLCALL__DATABASE__URL=sqlite:///data/rollcall.db?mode=rwc
VOLUME /data
EXPOSE 8080 9090
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 CMD ["rollcall", "health"]
ENTRYPOINT ["rollcall"]
CMD ["serve"]
