# callguard as images, none with more in it than it runs:
#
#   callguard   the daemon and its commands
#   asterisk    callguard, with an Asterisk. It needs callguard too: Asterisk itself starts the
#               fallback script, the second line of defence (docs/architecture.md)
#   edge        callguard, with the Kamailio of an exchange (docs/carrier.md)
#
# Debian's sid is the one Debian that has an Asterisk. Whoever builds for others names it by its
# digest: --build-arg BASE=docker.io/library/debian@sha256:…
# Nothing here names a machine: every package, Python's too, exists for amd64 and arm64.
ARG BASE=docker.io/library/debian:sid-slim

# The same user in every image: Asterisk and callguard share files that are for their owner only.
FROM ${BASE} AS base
ENV DEBIAN_FRONTEND=noninteractive
RUN apt-get update \
 && apt-get install -y --no-install-recommends busybox ca-certificates passwd python3 tzdata \
 && groupadd --system --gid 990 asterisk \
 && useradd --system --uid 990 --gid 990 --home-dir /var/lib/callguard --no-create-home asterisk \
 && install -d -m 0700 -o asterisk -g asterisk /var/lib/callguard /etc/callguard
COPY --chmod=755 deploy/containers/slim /usr/local/sbin/slim

FROM base AS build
# A file of CAs, where packages come by way of a proxy with one of its own.
ARG PIP_CERT
RUN apt-get install -y --no-install-recommends binutils python3-venv
WORKDIR /src
COPY requirements/run.txt requirements/
RUN python3 -m venv /opt/callguard \
 && /opt/callguard/bin/pip install --no-cache-dir --require-hashes -r requirements/run.txt
COPY pyproject.toml README.md LICENSE ./
COPY asterisk-config asterisk-config
COPY src src
COPY --chmod=755 deploy/containers/slim-packages /usr/local/sbin/
RUN /opt/callguard/bin/pip install --no-cache-dir --no-deps --no-build-isolation . \
 && slim-packages /opt/callguard

FROM base AS callguard-root
COPY --chmod=755 deploy/containers/healthy /usr/local/bin/
RUN slim

FROM base AS asterisk-root
RUN apt-get install -y --no-install-recommends asterisk
COPY --chmod=755 deploy/containers/start-asterisk /usr/local/bin/
RUN slim

FROM base AS edge-root
RUN apt-get install -y --no-install-recommends kamailio kamailio-extra-modules
COPY --chmod=755 deploy/containers/start-edge /usr/local/bin/
RUN slim

FROM scratch AS asterisk
COPY --from=asterisk-root / /
COPY --from=build /opt/callguard /opt/callguard
ENV PATH=/opt/callguard/bin:/usr/local/bin:/usr/sbin:/usr/bin LANG=C.UTF-8
USER asterisk
WORKDIR /var/lib/callguard
HEALTHCHECK --interval=30s --timeout=10s --start-period=60s CMD ["asterisk", "-C", \
  "/var/lib/callguard/asterisk/etc/asterisk.conf", "-rx", "core waitfullybooted"]
CMD ["start-asterisk"]

FROM scratch AS edge
COPY --from=edge-root / /
COPY --from=build /opt/callguard /opt/callguard
ENV PATH=/opt/callguard/bin:/usr/local/bin:/usr/sbin:/usr/bin LANG=C.UTF-8
USER asterisk
WORKDIR /var/lib/callguard
HEALTHCHECK --interval=30s --timeout=10s --start-period=20s CMD ["callguard", "carrier", "node", \
  "list", "--edge", "/var/lib/callguard/edge"]
CMD ["start-edge"]

# The last one is what is built if no target is named.
FROM scratch AS callguard
COPY --from=callguard-root / /
COPY --from=build /opt/callguard /opt/callguard
ENV PATH=/opt/callguard/bin:/usr/local/bin:/usr/sbin:/usr/bin LANG=C.UTF-8
USER asterisk
WORKDIR /var/lib/callguard
HEALTHCHECK --interval=30s --timeout=10s --start-period=60s CMD ["healthy"]
CMD ["callguard", "serve"]
