import { goTool } from '../../compose/stage/go-tools';

/** The path of the real gitleaks, built once: minutes the first time. */
export function realGitleaks(): Promise<string> {
  const module = 'github.com/zricethezav/gitleaks/v8';
  return goTool({ module, version: 'v8.30.1', package: '', program: 'gitleaks' });
}
