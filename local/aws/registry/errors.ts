import type { AwsError } from '../contract';
import type { Answer } from '../exchange';

/** The registry's errors and their HTTP status, https://github.com/opencontainers/distribution-spec/blob/main/spec.md#error-codes */
const STATUS = {
  BLOB_UNKNOWN: 404,
  BLOB_UPLOAD_INVALID: 416,
  BLOB_UPLOAD_UNKNOWN: 404,
  DENIED: 403,
  DIGEST_INVALID: 400,
  MANIFEST_BLOB_UNKNOWN: 400,
  MANIFEST_INVALID: 400,
  MANIFEST_UNKNOWN: 404,
  NAME_UNKNOWN: 404,
  TAG_INVALID: 400,
  TOOMANYREQUESTS: 429,
  UNAUTHORIZED: 401,
  UNKNOWN: 500,
  UNSUPPORTED: 405,
} as const;

type RegistryErrorCode = keyof typeof STATUS;

/** What the registry says where the ECR API throws. */
const FROM_ECR: Record<string, RegistryErrorCode> = {
  AccessDeniedException: 'DENIED',
  ExpiredTokenException: 'DENIED',
  ImageDigestDoesNotMatchException: 'DIGEST_INVALID',
  ImageTagAlreadyExistsException: 'TAG_INVALID',
  InvalidParameterException: 'MANIFEST_INVALID',
  LayersNotFoundException: 'MANIFEST_BLOB_UNKNOWN',
  ReferencedImagesNotFoundException: 'MANIFEST_BLOB_UNKNOWN',
  RepositoryNotFoundException: 'NAME_UNKNOWN',
  ThrottlingException: 'TOOMANYREQUESTS',
};

export function registryError(code: RegistryErrorCode, message: string, headers: Record<string, string> = {}): Answer {
  const body = JSON.stringify({ errors: [{ code, message }] });
  return { status: STATUS[code], headers: { 'content-type': 'application/json', ...headers }, body, error: code };
}

/** An error of the ECR rules as the registry's clients read it. */
export function fromEcr({ code, message }: AwsError): Answer {
  return registryError(FROM_ECR[code] ?? 'UNKNOWN', message);
}
