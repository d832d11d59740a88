/** What can go wrong on demand; local/aws/README.md says what a client sees of each. */
export type FaultKind = 'throttle' | 'error' | 'slow' | 'reset' | 'lose-answer' | 'deny' | 'expire';

export type Fault = {
  /** `UpdateService`, `ecs:UpdateService`, `registry:PUT manifest` or `registry:PUT`. */
  action: string;
  /** How many calls it hits (1), and how many matching calls pass first (0). */
  times?: number;
  skip?: number;
} & ({ kind: Exclude<FaultKind, 'slow'> } | { kind: 'slow'; ms: number });

export type Faults = ReturnType<typeof createFaults>;

/** The fault switches of one local AWS, none set. */
export function createFaults() {
  let switches: { fault: Fault; skip: number; times: number }[] = [];
  return {
    add(fault: Fault): void {
      switches.push({ fault, skip: fault.skip ?? 0, times: fault.times ?? 1 });
    },
    clear(): void {
      switches = [];
    },
    /** The fault for this call. Each switch counts each call that matches it; the first one due is applied and used up by one. */
    take(service: string, action: string): Fault | undefined {
      const names = [action, `${service}:${action}`, `${service}:${action.split(' ')[0] ?? ''}`];
      const matching = switches.filter(({ fault }) => names.includes(fault.action));
      const due = matching.find(({ skip }) => skip === 0);
      for (const one of matching) if (one.skip > 0) one.skip -= 1;
      if (due) due.times -= 1;
      switches = switches.filter(({ times }) => times > 0);
      return due?.fault;
    },
  };
}
