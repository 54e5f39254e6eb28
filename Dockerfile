FROM node:24-slim AS build
WORKDIR /app
# better-sqlite3 is compiled where it has no binary to download.
RUN apt-get update \
 && apt-get install -y --no-install-recommends python3 make g++ \
 && rm -rf /var/lib/apt/lists/*
COPY package.json package-lock.json ./
RUN npm ci
COPY tsconfig.json ./
COPY src src
RUN npm run build && npm prune --omit=dev

FROM node:24-slim
WORKDIR /app
ENV NODE_ENV=production \
    BOLTGATE_DATA_DIR=/data \
    BOLTGATE_LISTEN=0.0.0.0:3000
# A named volume takes its owner from here; a bind mount must belong to user 1000 already.
RUN mkdir /data && chown node:node /data
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/dist dist
COPY db db
COPY public public
COPY config config

USER node
VOLUME /data
EXPOSE 3000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=3s --start-period=15s --retries=3 \
  CMD ["node", "-e", "fetch('http://127.0.0.1:' + process.env.BOLTGATE_LISTEN.split(':').pop() + '/healthz').then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
# In exec form, so that node is process 1 and hears SIGTERM itself.
ENTRYPOINT ["node", "--enable-source-maps", "dist/main.js"]
