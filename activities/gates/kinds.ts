import type { GateKindName, GateOf, GateSpec } from '../../model/gates/kinds';
import type { GateContext } from './context';
import type { Finding } from './finding';
import { scanWithGitleaks } from './gitleaks';
import { runCommands } from './run-commands';
import { scanWithSecretlint } from './secretlint';
import { askSonar } from './sonar';
import { scanWithTrivy } from './trivy';

/** How a kind of gate judges a commit. It rejects only for trouble of our own, which is retried; see docs/gates.md. */
interface Judge<Kind extends GateKindName> {
  judge(gate: GateOf<Kind>, context: GateContext): Promise<Finding>;
}

/** A new kind is a file beside this and a line here, and the same in model/gates/. */
const JUDGES: { [Kind in GateKindName]: Judge<Kind> } = {
  run: { judge: runCommands },
  secretlint: { judge: scanWithSecretlint },
  gitleaks: { judge: scanWithGitleaks },
  trivy: { judge: scanWithTrivy },
  sonar: { judge: askSonar },
};

export function judge(context: GateContext): Promise<Finding> {
  const { gate } = context.input;
  const kind: { judge(gate: GateSpec, context: GateContext): Promise<Finding> } = JUDGES[gate.kind];
  return kind.judge(gate, context);
}
