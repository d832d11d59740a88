/** `ACCOUNT.dkr.ecr.REGION.amazonaws.com`, in every partition. */
const ECR_HOST = /^(\d{12})\.dkr[.-]ecr(?:-fips)?\.([a-z0-9-]+)\./;

/** Where an image is kept. Account and region are absent where the host does not tell them. */
export interface ImageRepository {
  repositoryName: string;
  registryId?: string;
  region?: string;
}

/** The repository of `HOST/repository@digest`, or of one with a tag. */
export function repositoryOf(reference: string): ImageRepository {
  const host = reference.slice(0, reference.indexOf('/'));
  const repositoryName = reference.slice(host.length + 1).replace(/@.*$|:[^/]*$/g, '');
  const [, registryId, region] = ECR_HOST.exec(host) ?? [];
  return {
    repositoryName,
    ...(registryId !== undefined && { registryId }),
    ...(region !== undefined && { region }),
  };
}

/** The digest that a reference pins, if it does. */
export function digestOf(reference: string): string | undefined {
  const at = reference.indexOf('@');
  return at < 0 ? undefined : reference.slice(at + 1);
}
