# A Sluice worker: the same command as in a checkout, without the compilers.
# Debian, not Alpine: the native cores of Temporal's SDK are built against glibc.

FROM node:20.20-bookworm-slim AS build
WORKDIR /opt/sluice
COPY package.json package-lock.json ./
RUN npm ci
COPY . .
RUN npm run --silent build && npm prune --omit=dev

FROM node:20.20-bookworm-slim
# The native core of the SDK checks servers' certificates against those of the system.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /opt/sluice
COPY --from=build /opt/sluice/package.json ./
COPY --from=build /opt/sluice/node_modules node_modules
COPY --from=build /opt/sluice/bin bin
COPY --from=build /opt/sluice/dist dist
COPY docker/worker.properties /etc/sluice/worker.properties

# The sources are not here, and what is built is complete.
ENV NODE_ENV=production SLUICE_NO_BUILD=1
USER node
EXPOSE 9464
ENTRYPOINT ["node", "bin/sluice"]
CMD ["worker", "/etc/sluice/worker.properties"]
