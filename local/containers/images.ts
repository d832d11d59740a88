import { text as readText } from 'node:stream/consumers';
import { EngineError } from './engine';
import type { Engine } from './engine';

const PULL_LIMIT_MS = 10 * 60_000;

export type Images = ReturnType<typeof createImages>;

/**
 * The images of tasks in a Docker daemon. `willPull` is told of each beforehand, as it is not there yet; `password` is
 * asked for an authorization token of the registry at each pull.
 */
export function createImages(engine: Engine, password: () => string, willPull: (image: string) => void) {
  const pulls = new Map<string, Promise<void>>();
  const pulled = new Set<string>();

  async function ensure(image: string): Promise<void> {
    if (await exists(engine, image)) return;
    willPull(image);
    pulled.add(image);
    await pull(engine, image, password());
  }

  return {
    /** Pulls the image (`host/repository@digest`) unless it is there, once at a time. Rejects with ECS's words for why not. */
    ensure(image: string): Promise<void> {
      const running = pulls.get(image) ?? ensure(image).finally(() => pulls.delete(image));
      pulls.set(image, running);
      return running;
    },
    /** Whether the image came by us, and must go again. */
    isOurs: (image: string) => pulled.has(image),
  };
}

async function exists(engine: Engine, image: string): Promise<boolean> {
  try {
    await engine.call('GET', `/images/${image}/json`);
    return true;
  } catch (error) {
    if (error instanceof EngineError && error.status === 404) return false;
    throw error;
  }
}

async function pull(engine: Engine, image: string, password: string): Promise<void> {
  const login = { username: 'AWS', password, serveraddress: image.split('/')[0] };
  // The alphabet of base64url, but padded: what Docker cannot decode it takes for no login at all.
  const encoded = Buffer.from(JSON.stringify(login)).toString('base64').replaceAll('+', '-').replaceAll('/', '_');
  const headers = { 'x-registry-auth': encoded };
  try {
    const progress = await engine.open('POST', '/images/create', { query: { fromImage: image }, headers });
    const late = new Error(`the image was not pulled within ${PULL_LIMIT_MS / 60_000} minutes`);
    const tooLate = setTimeout(() => progress.destroy(late), PULL_LIMIT_MS);
    const lines = await readText(progress).finally(() => clearTimeout(tooLate));
    // A pull that fails under way has answered 200 before; the last lines say what happened.
    const failure = /^\{.*"error":.*$/m.exec(lines)?.[0];
    if (failure !== undefined) throw new EngineError(500, (JSON.parse(failure) as { error: string }).error);
  } catch (error) {
    throw error instanceof EngineError ? new Error(daemonSays(error)) : error;
  }
}

/** How ECS's agent passes a daemon's error on. */
export function daemonSays({ message }: EngineError): string {
  return `Error response from daemon: ${message}`;
}
