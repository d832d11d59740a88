import { z } from 'zod';
import { invalid } from '../input';

const descriptor = z.object({ mediaType: z.string().default(''), digest: z.string() });
const platform = z.object({ os: z.string(), architecture: z.string() });
const image = z.object({ config: descriptor, layers: z.array(descriptor), manifests: z.tuple([]).default([]) });
const index = z.object({
  config: z.undefined().optional(),
  layers: z.tuple([]).default([]),
  manifests: z.array(descriptor.extend({ platform: platform.optional() })),
});

const SHAPES: Record<string, typeof image | typeof index> = {
  'application/vnd.oci.image.manifest.v1+json': image,
  'application/vnd.docker.distribution.manifest.v2+json': image,
  'application/vnd.oci.image.index.v1+json': index,
  'application/vnd.docker.distribution.manifest.list.v2+json': index,
};

/** What a manifest points at: config and layers of an image, or the manifests that an index lists. */
export type Manifest = (z.infer<typeof image> | z.infer<typeof index>) & { mediaType: string };

/** Reads an image manifest or index. `declared` is the media type it came with, if any. InvalidParameterException for what is none. */
export function parseManifest(content: Buffer, declared: string | undefined): Manifest {
  const fields = parseJson(content);
  const { data: own } = z.object({ mediaType: z.string() }).safeParse(fields);
  const mediaType = declared ?? own?.mediaType ?? 'no media type';
  if (own && own.mediaType !== mediaType) throw wrong(`it says it is ${own.mediaType} and was sent as ${mediaType}`);
  const shape = SHAPES[mediaType];
  if (!shape) throw wrong(`manifests of ${mediaType} are not supported`);
  const { data, error } = shape.safeParse(fields);
  if (!data) throw wrong(z.prettifyError(error));
  return { ...data, mediaType };
}

/** The digests of the blobs that an image needs. */
export function blobsOf({ config, layers }: Manifest): string[] {
  return [...(config ? [config] : []), ...layers].map(({ digest }) => digest);
}

function parseJson(content: Buffer): unknown {
  try {
    return JSON.parse(content.toString('utf8'));
  } catch {
    throw wrong('it is not JSON');
  }
}

function wrong(what: string): Error {
  return invalid(`Invalid parameter at 'imageManifest': ${what}`);
}
