import { createServer } from 'node:http';
import { listen, shut } from '../../../local/aws/listen';

const KEPT = ['content-type', 'x-amz-target', 'x-amz-security-token', 'authorization'];

/**
 * Passes calls on to the local AWS. In the answers to DescribeTasks it puts the manifest of a platform where the local AWS
 * names an image index, since ECS may name either.
 */
export async function openPlatformProxy(upstream: string) {
  const shown = new Map<string, string>();
  const server = createServer((request, response) => {
    void (async () => {
      const chunks: Buffer[] = [];
      for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
      const headers = KEPT.flatMap((name): [string, string][] => {
        const value = request.headers[name];
        return typeof value === 'string' ? [[name, value]] : [];
      });
      const answer = await fetch(upstream + (request.url ?? '/'), {
        method: request.method ?? 'POST',
        headers,
        body: new Uint8Array(Buffer.concat(chunks)),
      });
      let text = await answer.text();
      if (request.headers['x-amz-target']?.toString().endsWith('.DescribeTasks')) {
        for (const [index, manifest] of shown)
          text = text.replaceAll(`"imageDigest":"${index}"`, `"imageDigest":"${manifest}"`);
      }
      response.writeHead(answer.status, {
        'content-type': answer.headers.get('content-type') ?? 'application/json',
        'content-length': Buffer.byteLength(text),
        'x-amzn-requestid': answer.headers.get('x-amzn-requestid') ?? '',
      });
      response.end(text);
    })().catch(() => response.destroy());
  });
  const port = await listen(server, 0, 'The proxy');
  return {
    endpoint: `http://127.0.0.1:${port}`,
    /** Tasks of the index are shown with this manifest. */
    showAs: (index: string, manifest: string): void => void shown.set(index, manifest),
    close: () => shut(server),
  };
}
