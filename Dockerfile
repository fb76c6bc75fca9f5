# StackAgent's images. The layout and the way to start are those of deploy/image/build, which makes the same image without a container engine.
#
#   docker build -t stackagent .                          the server: no shell, no package manager, nothing to run agents with
#   docker build --target standalone -t stackagent-standalone .   the same with Python and Node.js, for the local runtime
#   docker build --target agent-runtime -t agent-runtime .        what runs agents' code in a cluster (AGENT_IMAGE)
#
# docs/containers.md tells of them.
ARG NODE_IMAGE=docker.io/library/node:22-bookworm-slim
ARG SDK_IMAGE=mcr.microsoft.com/dotnet/sdk:10.0-noble

FROM ${NODE_IMAGE} AS webui
WORKDIR /source/src/WebUi
COPY src/WebUi/package.json src/WebUi/package-lock.json ./
RUN npm ci --loglevel=error
COPY src/WebUi/ ./
RUN npm run build

FROM ${SDK_IMAGE} AS sdk
# Python runs deploy/image/build; GSSAPI is loaded by what talks to PostgreSQL.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates libgssapi-krb5-2 python3 \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /source

# The runtime, libraries, certificates: the same layer until the SDK's image changes.
FROM sdk AS system
COPY Directory.Build.props ./
COPY deploy/image/ deploy/image/
# What the server writes to where the root isn't read-only, each beside nothing else, as only what is copied gets another owner.
RUN deploy/image/build --system /image \
    && install -d -m 1777 /own/root/tmp \
    && install -d /own/var/agent-platform /own/lib/stackagent

FROM sdk AS app
COPY .editorconfig global.json Directory.Build.props Directory.Packages.props ./
COPY src/Domain/Domain.csproj src/Domain/
COPY src/Application/Application.csproj src/Application/
COPY src/Infrastructure/Infrastructure.csproj src/Infrastructure/
COPY src/WebApi/WebApi.csproj src/WebApi/
COPY src/WebUi/WebUi.targets src/WebUi/
RUN dotnet restore src/WebApi
COPY deploy/image/ deploy/image/
COPY src/ src/
COPY --from=webui /source/src/WebUi/dist/ src/WebUi/dist/
ENV BuildWebUi=false
RUN deploy/image/build --app /app

FROM ${NODE_IMAGE} AS languages
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates libgssapi-krb5-2 python3 python3-venv \
    && rm -rf /var/lib/apt/lists/* \
    && groupadd --gid 10001 stackagent \
    && useradd --uid 10001 --gid 10001 --home-dir /var/lib/stackagent --no-create-home --shell /usr/sbin/nologin stackagent \
    && install -d -o 10001 -g 10001 /var/lib/stackagent /var/agent-platform

FROM languages AS agent-runtime
COPY deploy/agent-runtime/start /usr/local/bin/start
ENV PORT=8000 PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 HOME=/tmp
WORKDIR /app/graphs
EXPOSE 8000
USER 10001:10001
ENTRYPOINT ["/usr/local/bin/start"]

# The agent runtime as a file, for a node that has no registry to pull it from.
FROM languages AS agent-runtime-archive
ARG VERSION=0.1.0
COPY deploy/image/archive.py /usr/local/bin/
COPY --from=agent-runtime / /root-of-agent-runtime/
RUN archive.py /root-of-agent-runtime --name docker.io/library/agent-runtime:${VERSION} --output /images/agent-runtime.tar \
        --entrypoint /usr/local/bin/start --user 10001:10001 --workdir /app/graphs \
        --env PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
        --env PORT=8000 --env PYTHONUNBUFFERED=1 --env PYTHONDONTWRITEBYTECODE=1 --env HOME=/tmp \
    && rm -rf /root-of-agent-runtime
USER 10001:10001
ENTRYPOINT ["cp", "-v", "/images/agent-runtime.tar"]

FROM languages AS standalone
ARG VERSION=0.1.0
COPY --from=system /image/usr/share/dotnet/ /usr/share/dotnet/
COPY --from=app /app/ /app/
ENV DOTNET_ROOT=/usr/share/dotnet \
    DOTNET_EnableDiagnostics=0 \
    SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt \
    ENVIRONMENT=production
LABEL org.opencontainers.image.title="StackAgent, standalone" \
      org.opencontainers.image.version="${VERSION}"
WORKDIR /var/lib/stackagent
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=10s --start-period=120s --retries=3 CMD ["/app/StackAgent.WebApi", "health"]
USER 10001:10001
ENTRYPOINT ["/app/StackAgent.WebApi"]

FROM scratch AS server
ARG VERSION=0.1.0
COPY --from=system /image/ /
COPY --from=system --chown=10001:10001 /own/root/ /
COPY --from=system --chown=10001:10001 /own/var/ /var/
COPY --from=system --chown=10001:10001 /own/lib/ /var/lib/
COPY --from=app /app/ /app/
ENV PATH=/app \
    DOTNET_ROOT=/usr/share/dotnet \
    DOTNET_EnableDiagnostics=0 \
    SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt \
    ENVIRONMENT=production
LABEL org.opencontainers.image.title="StackAgent" \
      org.opencontainers.image.version="${VERSION}"
WORKDIR /var/lib/stackagent
EXPOSE 8000
# As long as a migration may take at the start.
HEALTHCHECK --interval=15s --timeout=10s --start-period=120s --retries=3 CMD ["/app/StackAgent.WebApi", "health"]
USER 10001:10001
ENTRYPOINT ["/app/StackAgent.WebApi"]
