/** `HOST/repository:tag` or `HOST/repository@sha256:…` as `HOST/repository@DIGEST`. */
export function pinnedReference(image: string, digest: string): string {
  const [withoutDigest = image] = image.split('@');
  const slash = withoutDigest.lastIndexOf('/');
  const colon = withoutDigest.indexOf(':', slash + 1);
  return `${colon < 0 ? withoutDigest : withoutDigest.slice(0, colon)}@${digest}`;
}
