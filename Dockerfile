# The API, the workers and the migrations: one image, one command each.
FROM python:3.13-slim-bookworm AS build
WORKDIR /build
RUN python -m venv /opt/ballast
ENV PATH=/opt/ballast/bin:$PATH PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
# The pinned packages first: they change less often than the code.
COPY requirements/cluster.txt requirements/
RUN pip install --only-binary :all: --require-hashes -r requirements/cluster.txt
COPY LICENSE README.md pyproject.toml ./
COPY domain domain
COPY ports ports
COPY application application
COPY adapters adapters
COPY bootstrap bootstrap
RUN pip install --no-deps --no-build-isolation .

FROM python:3.13-slim-bookworm
RUN useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin ballast \
    && install -d -o ballast -g ballast -m 0700 /var/lib/ballast /var/lib/ballast/keys \
        /var/lib/ballast/kill
COPY --from=build /opt/ballast /opt/ballast
ENV PATH=/opt/ballast/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    BALLAST_DATA_DIR=/var/lib/ballast \
    BALLAST_HTTP_HOST=0.0.0.0 \
    BALLAST_HTTP_PORT=8000 \
    BALLAST_LOG_FORMAT=json
WORKDIR /var/lib/ballast
# By number, so that an orchestrator can see that it is not root.
USER 10001:10001
VOLUME /var/lib/ballast
EXPOSE 8000
# It asks by HTTPS where there is a certificate; a worker's health is always plain.
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
    CMD ["ballast", "health", "--live"]
ENTRYPOINT ["ballast"]
CMD ["serve"]
