import { MAIN } from './base-image';

/** What the program of a commit does when it runs. */
export type Behaviour =
  | 'works'
  /** Ends at once, after a line of output. */
  | 'crashes'
  /** Ends before ECS would believe in it, over and over. */
  | 'restless';

export const CRASH = { exitCode: 3, output: 'cannot open the till' };
/** ministack believes in a task after 1 s. */
const RESTLESS_AFTER_MS = 300;

/** Answers with its commit on PORT, where there is one; `remark` makes it another image. */
export function programOf(behaviour: Behaviour, remark = 'nothing to remark'): string {
  const end = `process.exit(${CRASH.exitCode})`;
  const body: Record<Behaviour, string> = {
    works: `
const { COMMIT_SHA: commit = 'by-hand', PORT: port } = process.env;
const server = createServer((_, response) => response.end(JSON.stringify({ commit })));
if (port !== undefined) server.listen(Number(port), '127.0.0.1');
process.once('SIGTERM', () => process.exit(0));
setInterval(() => undefined, 1000);`,
    crashes: `console.error('${CRASH.output}');\n${end};`,
    restless: `setTimeout(() => ${end}, ${RESTLESS_AFTER_MS});`,
  };
  return `// ${remark}\nimport { createServer } from 'node:http';\n${body[behaviour]}\n`;
}

export function dockerfile(base: string): string {
  return `FROM ${base}\nCOPY main.mjs ${MAIN}\n`;
}
