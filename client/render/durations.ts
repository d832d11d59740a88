const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** For sentences: `1.2 s`, `2 min 5 s`, `3 h 2 min`, `4 d 1 h`. */
export function duration(ms: number): string {
  const past = Math.max(0, ms);
  if (past < MINUTE_MS) return `${(Math.floor(past / 100) / 10).toFixed(1)} s`;
  if (past < HOUR_MS) return pair(past, MINUTE_MS, 'min', SECOND_MS, 's');
  if (past < DAY_MS) return pair(past, HOUR_MS, 'h', MINUTE_MS, 'min');
  return pair(past, DAY_MS, 'd', HOUR_MS, 'h');
}

/** For the first column of a log: `12.3s`, `2m05s`, `3h02m`; never wider than 7 below a hundred days. */
export function elapsed(ms: number): string {
  const past = Math.max(0, ms);
  const two = (value: number): string => String(Math.floor(value)).padStart(2, '0');
  if (past < MINUTE_MS) return `${(Math.floor(past / 100) / 10).toFixed(1)}s`;
  if (past < HOUR_MS) return `${Math.floor(past / MINUTE_MS)}m${two((past % MINUTE_MS) / SECOND_MS)}s`;
  if (past < DAY_MS) return `${Math.floor(past / HOUR_MS)}h${two((past % HOUR_MS) / MINUTE_MS)}m`;
  return `${Math.floor(past / DAY_MS)}d${two((past % DAY_MS) / HOUR_MS)}h`;
}

function pair(ms: number, large: number, largeUnit: string, small: number, smallUnit: string): string {
  const rest = Math.floor((ms % large) / small);
  return `${Math.floor(ms / large)} ${largeUnit}${rest === 0 ? '' : ` ${rest} ${smallUnit}`}`;
}
