# One agent's node. Keys and records live in /data: mount a volume there.
ARG BASE=node:24-slim
FROM ${BASE}

ENV NODE_ENV=production
WORKDIR /souk
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund && npm cache clean --force
COPY config config
COPY contracts/abi contracts/abi
COPY contracts/*.ts contracts/
COPY protocols protocols
COPY node node

RUN mkdir /data && chown node:node /data
USER node
VOLUME /data
EXPOSE 4700
ENTRYPOINT ["node", "node/main.ts", "--data", "/data"]
CMD ["start"]
