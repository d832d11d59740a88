/** `HOST/repository:tag` or `HOST/repository@sha256:…` as `HOST/repository@DIGEST`. */
export function pinnedReference(image: string, digest: string): string {
  const [withoutDigest = image] = image.split('@');
  return `${withoutDigest.replace(/:[^:/]*$/, '')}@${digest}`;
}
