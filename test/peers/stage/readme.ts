const SERVICES: Record<string, string> = { ECR: 'ecr', ECS: 'ecs', 'CloudWatch Logs': 'logs', STS: 'sts' };

/**
 * The actions that a README like local/aws/README.md lists under "What it speaks", as `service:Action`, sorted. It names
 * them in full (`UpdateService`), or as verbs behind a noun: `clusters (Create, Describe)`. `operations` are all that the
 * services have; what is none of them is answered as it was read.
 */
export function actionsListed(readme: string, operations: readonly string[]): string[] {
  const [, section = ''] = /## What it speaks\n([^#]*)\n##/.exec(readme) ?? [];
  return section
    .split(/^- |\n\n/m)
    .flatMap((item) => {
      const [, title = '', text = ''] = /^\*\*(.+?)\*\*:\s*([^]*)/.exec(item) ?? [];
      const service = SERVICES[title];
      return service === undefined ? [] : actionsOf(text.replace(/\s+/g, ' '), service, operations);
    })
    .sort();
}

function actionsOf(text: string, service: string, operations: readonly string[]): string[] {
  const found: string[] = [];
  const rest = text.replace(/([a-z ]+) \(((?:[A-Z]\w+(?:, )?)+)\)/g, (_, nouns: string, verbs: string) => {
    const [noun = ''] = nouns.trim().split(' of ');
    const plural = noun.replace(/(?:^| )([a-z])/g, (_letter, letter: string) => letter.toUpperCase());
    for (const verb of verbs.split(', ')) {
      const names = [plural, plural.replace(/s$/, '')].map((object) => `${service}:${verb}${object}`);
      found.push(names.find((name) => operations.includes(name)) ?? `${service}:${verb} ${noun}`);
    }
    return '';
  });
  const inFull = rest.replace(/\([^)]*\)/g, '').match(/[A-Z]\w+/g) ?? [];
  return [...found, ...inFull.map((name) => `${service}:${name}`)];
}
