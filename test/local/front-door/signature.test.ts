import { createHash, createHmac } from 'node:crypto';
import { SignatureV4 } from '@smithy/signature-v4';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  SignatureDoesNotMatch,
  signatureClaim,
  signedBodyHash,
  verifySignature,
  type WireRequest,
} from '../../../infra/local/front-door/signature.ts';

const now = new Date('2026-11-22T12:00:00Z');
const secret = 'wJalrXUtnFEMI/K7MDENG';

/** SHA-256 in the shape that the SDK's signer asks for. */
class NodeSha256 {
  readonly #hash;
  constructor(key?: string | Uint8Array | ArrayBuffer | ArrayBufferView) {
    this.#hash = key === undefined ? createHash('sha256') : createHmac('sha256', key as string | Uint8Array);
  }
  update(data: Uint8Array): void {
    this.#hash.update(data);
  }
  async digest(): Promise<Uint8Array> {
    return this.#hash.digest();
  }
  reset(): void {}
}

function signer(service: string) {
  return new SignatureV4({
    service,
    region: 'eu-central-1',
    credentials: { accessKeyId: 'AKIATEST', secretAccessKey: secret },
    sha256: NodeSha256,
    uriEscapePath: service !== 's3',
    applyChecksum: service === 's3',
  });
}

interface Request {
  readonly service: string;
  readonly path: string;
  readonly query: Record<string, string>;
  readonly body: string;
}

/** What the SDK's own signer makes of a request, as it goes over the wire. */
async function signed({ service, path, query, body }: Request): Promise<WireRequest> {
  const request = await signer(service).sign(
    {
      method: 'POST',
      protocol: 'http:',
      hostname: '127.0.0.1',
      path,
      query,
      headers: {
        host: '127.0.0.1:4566',
        'content-type': 'application/x-amz-json-1.0',
        'x-amz-target': 'T.Op',
      },
      body,
    },
    { signingDate: now },
  );
  return { method: 'POST', url: urlOf(path, query), headers: request.headers };
}

function urlOf(path: string, query: Record<string, string>): string {
  const text = Object.entries(query)
    .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`)
    .join('&');
  return text ? `${path}?${text}` : path;
}

function verify(request: WireRequest, body: string, at = now, secretKey = secret): void {
  const claim = signatureClaim(request);
  verifySignature(request, claim, secretKey, signedBodyHash(request, claim, Buffer.from(body)), at);
}

const segment = fc.string({
  unit: fc.constantFrom('a', 'Z', '0', '-', '_', '.', '~', ' ', 'é', '+', '(', '*'),
});
const requests: fc.Arbitrary<Request> = fc.record({
  service: fc.constantFrom('dynamodb', 's3', 'ses', 'rds'),
  path: fc.array(segment, { maxLength: 3 }).map(
    (segments) =>
      `/${segments
        .filter((text) => !/^\.*$/.test(text))
        .map(encodeURIComponent)
        .join('/')}`,
  ),
  query: fc.dictionary(fc.stringMatching(/^[a-z]{1,6}$/), fc.string({ maxLength: 8 }), { maxKeys: 3 }),
  body: fc.string(),
});

describe('a signature', () => {
  it('made by the SDK is accepted, whatever the path, query and body', async () => {
    await fc.assert(
      fc.asyncProperty(requests, async (request) => verify(await signed(request), request.body)),
      { seed: 20261122, numRuns: 300 },
    );
  });

  it('is refused as soon as body, path, query or a signed header is another', async () => {
    const changes: readonly ((request: WireRequest) => WireRequest)[] = [
      (request) => ({ ...request, url: `${request.url.replace(/\?.*/, '')}x` }),
      (request) => ({ ...request, url: `${request.url}${request.url.includes('?') ? '&' : '?'}added=1` }),
      (request) => ({ ...request, headers: { ...request.headers, 'x-amz-target': 'T.Other' } }),
      (request) => ({ ...request, method: 'PUT' }),
    ];
    await fc.assert(
      fc.asyncProperty(requests, fc.constantFrom(...changes), async (request, change) => {
        const wire = await signed(request);
        expect(() => verify(change(wire), request.body)).toThrow(SignatureDoesNotMatch);
        expect(() => verify(wire, `${request.body}.`)).toThrow(SignatureDoesNotMatch);
      }),
      { seed: 20261122, numRuns: 100 },
    );
  });

  it('made with another secret is refused', async () => {
    const wire = await signed({ service: 'dynamodb', path: '/', query: {}, body: '{}' });
    expect(() => verify(wire, '{}', now, 'another')).toThrow(SignatureDoesNotMatch);
  });

  it.each([
    ['is too old', '2026-11-22T12:15:01Z'],
    ['comes from the future', '2026-11-22T11:44:59Z'],
  ])('that %s is refused', async (_what, at) => {
    const wire = await signed({ service: 'dynamodb', path: '/', query: {}, body: '{}' });
    expect(() => verify(wire, '{}', new Date(at))).toThrow(SignatureDoesNotMatch);
  });

  it('in a presigned URL is accepted until it expires', async () => {
    const presigned = await signer('s3').presign(
      {
        method: 'GET',
        protocol: 'http:',
        hostname: '127.0.0.1',
        path: '/reports/a',
        // As the SDK's presigner for S3 does: the body is not part of the signature.
        headers: { host: '127.0.0.1', 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' },
      },
      { signingDate: now, expiresIn: 60 },
    );
    const wire: WireRequest = {
      method: 'GET',
      url: urlOf(presigned.path, presigned.query as Record<string, string>),
      headers: { host: '127.0.0.1' },
    };
    const claim = signatureClaim(wire);
    const hash = signedBodyHash(wire, claim, Buffer.alloc(0));
    const check = (at: string) => verifySignature(wire, claim, secret, hash, new Date(at));
    expect(() => check('2026-11-22T12:00:59Z')).not.toThrow();
    expect(() => check('2026-11-22T12:01:01Z')).toThrow(SignatureDoesNotMatch);
  });
});
