# Asterisk and callguard in one image, as one home adapter runs them.
FROM docker.io/library/debian:sid-slim

RUN apt-get update \
 && apt-get install -y --no-install-recommends asterisk python3 python3-venv sip-tester \
 && rm -rf /var/lib/apt/lists/*

WORKDIR /opt/callguard
COPY requirements/run.txt requirements/
RUN python3 -m venv .venv \
 && .venv/bin/pip install --no-cache-dir --require-hashes -r requirements/run.txt
COPY pyproject.toml README.md LICENSE ./
COPY asterisk-config asterisk-config
COPY src src
RUN .venv/bin/pip install --no-cache-dir --no-deps --no-build-isolation .

VOLUME /var/lib/callguard
ENTRYPOINT ["/opt/callguard/.venv/bin/python", "-m", "callguard.demo", "/var/lib/callguard"]
