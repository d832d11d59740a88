# Sluice: the worker, and every other command. It needs two places to write to, and no other: a volume at /var/lib/sluice
# (state; for the demo also /var/lib/shop) and /tmp. With these the root may be read-only. docker-compose.yml shows both.
#
# By exact version; to pin the digest as well, give it: --build-arg NODE=node:20.20.2-bookworm-slim@sha256:...
ARG NODE=node:20.20.2-bookworm-slim

FROM ${NODE} AS build
WORKDIR /opt/sluice
COPY package.json package-lock.json .swcrc ./
# Nothing that only our own tests need: these dependencies are the image's, and they compile us, too. Temporal's brings its
# native part for every platform; the others would be a third of the image.
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund --no-update-notifier \
  && cd node_modules/@temporalio/core-bridge/releases \
  && ls | grep --invert-match "^$(uname -m)-unknown-linux-gnu$" | xargs rm -r
COPY scripts scripts
COPY model model
COPY workflows workflows
COPY activities activities
COPY client client
COPY worker worker
COPY local local
COPY bin bin
RUN node scripts/build.mjs

FROM ${NODE}
RUN apt-get update \
  && apt-get install --yes --no-install-recommends ca-certificates git openssh-client \
  && rm -rf /var/lib/apt/lists/*
# A volume that is new takes over the owner of what it covers.
RUN install --directory --owner=node --group=node /var/lib/sluice /var/lib/shop
ENV NODE_ENV=production
WORKDIR /opt/sluice
COPY package.json ./
COPY --from=build /opt/sluice/node_modules node_modules
COPY --from=build /opt/sluice/dist dist
# What runs as it is, and is no part of dist/.
COPY bin/sluice.mjs bin/guard.mjs bin/
COPY scripts/node-version.mjs scripts/
COPY activities/gates/secretlint-scan.mjs activities/gates/
COPY docker/worker-health.mjs docker/
COPY examples/shop-api examples/shop-api
RUN ln -s /opt/sluice/bin/sluice.mjs /usr/local/bin/sluice
USER node
ENTRYPOINT ["sluice"]
CMD ["--help"]
