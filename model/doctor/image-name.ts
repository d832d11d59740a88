/** Whether an image reference means another image whenever somebody pushes: the tag `latest`, or none, and no digest. */
export function isMoving(image: string): boolean {
  if (image.includes('@')) return false;
  const name = image.slice(image.lastIndexOf('/') + 1);
  // A colon before the last slash is the registry's port.
  const [, tag = 'latest'] = name.split(':');
  return tag === 'latest';
}
