/**
 * Workflow commands: lines on stdout that the runner acts on.
 * Source: GitHub's "Workflow commands for GitHub Actions", and ActionCommand.cs of actions/runner for what is escaped.
 */

/** `::name key=value::message` and a line break. */
export function command(name: string, message: string, properties: Readonly<Record<string, string>> = {}): string {
  const written = Object.entries(properties).map(([key, value]) => `${key}=${escapedProperty(value)}`);
  return `::${name}${written.length === 0 ? '' : ` ${written.join(',')}`}::${escapedData(message)}\n`;
}

/**
 * Text of others that the runner takes for text. The older form of a command, `##[name]`, is acted on anywhere in a line;
 * the newer one, `::name::`, only at the beginning of a line, which is always ours.
 */
export function harmless(text: string): string {
  return text.replaceAll('##[', '## [');
}

function escapedData(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function escapedProperty(text: string): string {
  return escapedData(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
