/** Percent of an amount in cents, in whole cents. Half a cent goes to the shop. */
export function percentOf(cents, percent) {
  return Math.round((cents * percent) / 100);
}

/** 123456 cents as people read them: 1,234.56 */
export function formatCents(cents) {
  return (cents / 100).toLocaleString('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 2 });
}
