/** Shapes of tokens that are secrets wherever they stand. Each is as long as the real ones are, so that prose is left alone. */
const WELL_KNOWN: readonly RegExp[] = [
  /\bgh[pousr]_[A-Za-z0-9]{36,255}\b/g,
  /\bgithub_pat_[A-Za-z0-9_]{60,255}\b/g,
  /\bglpat-[\w-]{20,255}/g,
  /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/g,
  /\bxox[abeprs]-[A-Za-z0-9-]{10,255}/g,
  /\bnpm_[A-Za-z0-9]{36}\b/g,
  /\bsq[apu]_[0-9a-f]{40}\b/g,
  /\bpypi-[\w-]{50,255}/g,
  /\bAIza[\w-]{35}/g,
  /\b[rs]k_live_[A-Za-z0-9]{20,255}\b/g,
  /\beyJ[\w-]{10,4096}\.eyJ[\w-]{10,4096}\.[\w-]{10,4096}/g,
  /(?<=\b(?:[Bb]earer|[Bb]asic) )[\w+/.~=-]{16,4096}/g,
  /(?<=:\/\/)[^\s/:@]{0,255}:[^\s/@]{1,255}(?=@)/g,
  /(?<=-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----)[^-]+/g,
];

const SHORTEST = 6;
const HIDDEN = '***';

/**
 * Hides these values, in the forms in which programs write them down (as they are, in base64, in a URL), and tokens of
 * well-known shapes. A value of several lines is hidden line by line, since output is read in lines. Values of less than
 * 6 characters are left alone: they would be found everywhere and hide nothing.
 */
export function redactor(values: readonly string[]): (text: string) => string {
  const forms = new Set(
    values
      .flatMap((value) => [value, ...value.split('\n').map((line) => line.trim())])
      .filter((value) => value.length >= SHORTEST)
      .flatMap((value) => [value, encodeURIComponent(value), ...inBase64(value)]),
  );
  // The longest first: one may be part of another.
  const ordered = [...forms].sort((one, other) => other.length - one.length);
  return (text) => {
    const known = ordered.reduce((rest, form) => rest.replaceAll(form, HIDDEN), text);
    return WELL_KNOWN.reduce((rest, shape) => rest.replaceAll(shape, HIDDEN), known);
  };
}

/** `user:value` in base64 depends on where the value begins: the middle of each of the three is the same always. */
function inBase64(value: string): string[] {
  const forms = [0, 1, 2].map((offset) => {
    const text = Buffer.from('\0'.repeat(offset) + value)
      .toString('base64')
      .replace(/=+$/, '');
    return text.slice(offset === 0 ? 0 : 4, text.length - (text.length % 4 === 0 ? 0 : 1));
  });
  return forms.filter((form) => form.length >= 8);
}
