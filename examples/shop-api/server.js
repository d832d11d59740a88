import { readFile } from 'node:fs/promises';
import { createApp } from './src/app.js';

const { COMMIT_SHA: commit = 'unknown', HOST: host = '0.0.0.0', PORT: port = '8080' } = process.env;

// The server answers while the catalogue is being loaded, and says by /healthz when it is ready.
let catalogue;
readFile(new URL('catalogue.json', import.meta.url), 'utf8').then(
  (text) => (catalogue = JSON.parse(text)),
  (error) => console.error(`cannot load the catalogue: ${error.message}`),
);

const server = createApp({ commit, catalogue: () => catalogue });
server.listen(Number(port), host, () => console.log(`shop-api ${commit} listens on ${host}:${server.address().port}`));

// ECS sends SIGTERM and waits: requests in progress are answered, new ones go elsewhere.
for (const signal of ['SIGTERM', 'SIGINT']) {
  process.once(signal, () => {
    server.close(() => process.exit(0));
    server.closeIdleConnections();
  });
}
