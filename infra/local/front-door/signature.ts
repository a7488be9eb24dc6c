import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

/** The first half of a signed request: who says that they signed it, when, and for which service. */
export interface SignatureClaim {
  readonly accessKeyId: string;
  /** yyyymmdd */
  readonly date: string;
  readonly region: string;
  /** The name by which the service is signed for, e.g. `monitoring` for CloudWatch. */
  readonly service: string;
  readonly signedHeaders: readonly string[];
  readonly signature: string;
  /** yyyymmddThhmmssZ */
  readonly timestamp: string;
  /** Set for a presigned URL: how long it may be used. */
  readonly expiresSeconds?: number;
}

/** A request as it came over the wire. */
export interface WireRequest {
  readonly method: string;
  /** Path and query, undecoded. */
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
}

/** The request carries no signature, or one that is not AWS Signature Version 4. */
export class MissingAuthenticationToken extends Error {
  override readonly name = 'MissingAuthenticationToken';
}

/** The signature is not the one that the secret key gives, or it is too old. */
export class SignatureDoesNotMatch extends Error {
  override readonly name = 'SignatureDoesNotMatch';
}

const algorithm = 'AWS4-HMAC-SHA256';
const maximumSkewMillis = 15 * 60_000;
const emptyBodyHash = createHash('sha256').digest('hex');
const signingKeys = new Map<string, Buffer>();

/**
 * Reads the claim of a signed request, from its Authorization header or, when presigned, from its query.
 * @throws MissingAuthenticationToken when there is none that can be read.
 */
export function signatureClaim(request: WireRequest): SignatureClaim {
  const header = request.headers.authorization;
  return header ? claimOfHeader(header, request.headers) : claimOfQuery(queryOf(request.url));
}

function claimOfHeader(header: string, headers: IncomingHttpHeaders): SignatureClaim {
  const match =
    /^AWS4-HMAC-SHA256\s+Credential=([^,\s]+),\s*SignedHeaders=([^,\s]+),\s*Signature=(\w+)$/.exec(header);
  const timestamp = headers['x-amz-date'];
  if (!match?.[1] || !match[2] || !match[3] || typeof timestamp !== 'string') {
    throw new MissingAuthenticationToken('Authorization: not an AWS4-HMAC-SHA256 signature with x-amz-date');
  }
  return { ...credentialScope(match[1]), signedHeaders: match[2].split(';'), signature: match[3], timestamp };
}

function claimOfQuery(query: URLSearchParams): SignatureClaim {
  const credential = query.get('X-Amz-Credential');
  const signature = query.get('X-Amz-Signature');
  const timestamp = query.get('X-Amz-Date');
  if (query.get('X-Amz-Algorithm') !== algorithm || !credential || !signature || !timestamp) {
    throw new MissingAuthenticationToken('Request is missing Authentication Token');
  }
  return {
    ...credentialScope(credential),
    signedHeaders: (query.get('X-Amz-SignedHeaders') ?? '').split(';'),
    signature,
    timestamp,
    expiresSeconds: Number(query.get('X-Amz-Expires') ?? '0'),
  };
}

function credentialScope(credential: string) {
  const [accessKeyId, date, region, service, terminator] = credential.split('/');
  if (!accessKeyId || !date || !region || !service || terminator !== 'aws4_request') {
    throw new MissingAuthenticationToken(
      `Credential: "${credential}" is not key/date/region/service/aws4_request`,
    );
  }
  return { accessKeyId, date, region, service };
}

/**
 * Recomputes the signature as AWS does (Signature Version 4, canonical request of the signed headers) and compares.
 * @param bodyHash SHA-256 of the body in hex, or the literal that the client signed instead of it.
 * @throws SignatureDoesNotMatch when it differs, is more than 15 minutes away from `now`, or has expired.
 */
export function verifySignature(
  request: WireRequest,
  claim: SignatureClaim,
  secretAccessKey: string,
  bodyHash: string,
  now: Date,
): void {
  refuseWrongTime(claim, now);
  const canonical = [
    request.method,
    canonicalPath(pathOf(request.url), claim.service),
    canonicalQuery(queryOf(request.url)),
    ...claim.signedHeaders.map((name) => `${name}:${canonicalHeader(request.headers[name])}`),
    '',
    claim.signedHeaders.join(';'),
    bodyHash,
  ].join('\n');
  const scope = `${claim.date}/${claim.region}/${claim.service}/aws4_request`;
  const toSign = `${algorithm}\n${claim.timestamp}\n${scope}\n${sha256(canonical)}`;
  const expected = createHmac('sha256', signingKey(claim, secretAccessKey)).update(toSign).digest();
  const given = Buffer.from(claim.signature, 'hex');
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) {
    throw new SignatureDoesNotMatch(
      'The request signature we calculated does not match the signature you provided. ' +
        'Check your AWS Secret Access Key and signing method.',
    );
  }
}

/**
 * What stands for the body in the signature: the hash that the client declares, or the hash of the body itself.
 * @throws SignatureDoesNotMatch when a declared hash is not that of the body.
 */
export function signedBodyHash(
  request: WireRequest,
  claim: SignatureClaim,
  body: Buffer | undefined,
): string {
  const declared = request.headers['x-amz-content-sha256'];
  const actual = body === undefined ? undefined : body.length === 0 ? emptyBodyHash : sha256(body);
  if (typeof declared !== 'string') {
    return claim.expiresSeconds !== undefined && claim.service === 's3'
      ? 'UNSIGNED-PAYLOAD'
      : (actual ?? emptyBodyHash);
  }
  if (isBodyHash(declared) && actual !== undefined && actual !== declared) {
    throw new SignatureDoesNotMatch(
      'x-amz-content-sha256: the body has another SHA-256 than the header says',
    );
  }
  return declared;
}

/** Tells a hash from the literals (`UNSIGNED-PAYLOAD`, `STREAMING-…`) that may stand in its place. */
export function isBodyHash(value: string): boolean {
  return /^[0-9a-f]{64}$/.test(value);
}

function refuseWrongTime(claim: SignatureClaim, now: Date): void {
  const signedAt = Date.parse(
    claim.timestamp.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'),
  );
  const ageMillis = now.getTime() - signedAt;
  const maximumAgeMillis =
    claim.expiresSeconds === undefined ? maximumSkewMillis : claim.expiresSeconds * 1000;
  if (Number.isNaN(signedAt) || ageMillis > maximumAgeMillis || ageMillis < -maximumSkewMillis) {
    throw new SignatureDoesNotMatch(`Signature expired or not yet current: ${claim.timestamp}`);
  }
  if (!claim.timestamp.startsWith(claim.date)) {
    throw new SignatureDoesNotMatch(
      'Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date',
    );
  }
}

function signingKey(claim: SignatureClaim, secretAccessKey: string): Buffer {
  const id = `${secretAccessKey}/${claim.date}/${claim.region}/${claim.service}`;
  let key = signingKeys.get(id);
  if (!key) {
    key = [claim.date, claim.region, claim.service, 'aws4_request'].reduce<Buffer>(
      (secret, part) => createHmac('sha256', secret).update(part).digest(),
      Buffer.from(`AWS4${secretAccessKey}`),
    );
    signingKeys.set(id, key);
  }
  return key;
}

function canonicalPath(path: string, service: string): string {
  if (service === 's3') {
    return path;
  }
  const segments: string[] = [];
  for (const segment of path.split('/')) {
    if (segment === '..') {
      segments.pop();
    } else if (segment !== '' && segment !== '.') {
      segments.push(encode(segment));
    }
  }
  return `/${segments.join('/')}${segments.length > 0 && path.endsWith('/') ? '/' : ''}`;
}

function canonicalQuery(query: URLSearchParams): string {
  return [...query]
    .filter(([name]) => name !== 'X-Amz-Signature')
    .map(([name, value]) => [encode(name), encode(value)] as const)
    .sort(([nameA, valueA], [nameB, valueB]) => order(nameA, nameB) || order(valueA, valueB))
    .map(([name, value]) => `${name}=${value}`)
    .join('&');
}

function canonicalHeader(value: string | string[] | undefined): string {
  return (Array.isArray(value) ? value.join(',') : (value ?? '')).trim().replace(/\s+/g, ' ');
}

function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function encode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function pathOf(url: string): string {
  const mark = url.indexOf('?');
  return mark === -1 ? url : url.slice(0, mark);
}

/** A plus sign is itself in a signed query, not a blank as in a form. */
function queryOf(url: string): URLSearchParams {
  const mark = url.indexOf('?');
  return new URLSearchParams(mark === -1 ? '' : url.slice(mark + 1).replaceAll('+', '%2B'));
}

function sha256(data: string | Buffer): string {
  return createHash('sha256').update(data).digest('hex');
}
