import { unavailable } from './problem';

/** Lets no more than so many run at once; those that come on top are sent away, not queued: they would hold a connection each. */
export class InFlight {
  private running = 0;

  constructor(private readonly most: number) {}

  /** Throws a GatewayProblem (`unavailable`) when there are too many. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.running >= this.most) throw unavailable('The gateway has too much to do at once; try again shortly.', 1);
    this.running += 1;
    try {
      return await work();
    } finally {
      this.running -= 1;
    }
  }
}
