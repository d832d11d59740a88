/** A point in time for people: `2026-11-23 12:00 UTC`. `ms` since the epoch. */
export function moment(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 'YYYY-MM-DDTHH:MM'.length).replace('T', ' ')} UTC`;
}
