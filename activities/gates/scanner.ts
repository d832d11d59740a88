import type { ScannerGate } from '../../model/plan';
import type { GateContext } from './context';
import type { Finding } from './finding';

/** One kind of scanner: takes its own settings, never the scanned commit's. */
export type Scanner = (gate: ScannerGate, context: GateContext) => Promise<Finding>;
