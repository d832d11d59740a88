import { readFileSync } from 'node:fs';
import path from 'node:path';

/** The file that the demo releases: what is true of it is true of what readers copy. */
export const EXAMPLE = readFileSync(path.join(__dirname, '../../../examples/shop-api/release.yml'), 'utf8');

/** The smallest file that is complete. */
export const SMALLEST = `
project: shop
gates: { tests: { run: npm test } }
image: { repository: shop, builder: pack, files: ['**'], command: [node, server.js] }
environments:
  production:
    region: eu-west-1
    cluster: main
    services: { api: { health: { digest: true } } }
`;
