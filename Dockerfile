FROM rust:1.95-slim-bookworm AS build
RUN apt-get update && apt-get install --yes --no-install-recommends make
WORKDIR /src
COPY . .
RUN cargo build --release --locked

FROM debian:bookworm-slim
RUN useradd --system --uid 10001 --home-dir /data hydraulics \
    && install -d -o hydraulics -g hydraulics -m 0700 /data
COPY --from=build /src/target/release/hydraulics /usr/local/bin/hydraulics
USER hydraulics
WORKDIR /data
VOLUME /data
ENV HYDRAULICS_LISTEN=0.0.0.0:8080 \
    HYDRAULICS_DATA_DIR=/data
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s CMD ["hydraulics", "health"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["hydraulics"]
