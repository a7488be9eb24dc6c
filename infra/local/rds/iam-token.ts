import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

/** What a token is checked against. */
export interface TokenExpectation {
  /** The endpoint that the client connected to, as `host:port`. */
  endpoint: string;
  dbUser: string;
  region: string;
  now: Date;
  secretAccessKeyOf(accessKeyId: string): string | undefined;
}

/** A token does not entitle to this connection; the message says why (RDS tells the client nothing). */
export class IamTokenRefused extends Error {
  override readonly name = 'IamTokenRefused';
}

const LONGEST_LIFE_SECONDS = 900;
const CLOCK_SKEW_SECONDS = 300;
const SCOPE = /^([^/]+)\/(\d{8})\/([a-z0-9-]+)\/rds-db\/aws4_request$/;

/** The access key that a token names, whether or not the token is good. */
export function accessKeyOfToken(token: string): string | undefined {
  return SCOPE.exec(fieldsOf(token)?.get('X-Amz-Credential') ?? '')?.[1];
}

/**
 * Checks an RDS authentication token: a presigned request to `connect`, valid for 15 minutes for one user of one
 * endpoint (RDS User Guide, "IAM database authentication"; AWS Signature Version 4, query string form). The
 * signature is computed anew here, not by the library that made it.
 *
 * @returns the access key that signed.
 * @throws {IamTokenRefused} with the reason.
 */
export function verifyIamToken(token: string, expected: TokenExpectation): string {
  const fields = fieldsOf(token);
  const scope = SCOPE.exec(fields?.get('X-Amz-Credential') ?? '');
  if (!fields || !scope) throw new IamTokenRefused('the password is not an authentication token');
  const [, accessKeyId = '', day = '', region = ''] = scope;
  const mismatches: Record<string, boolean> = {
    endpoint: token.slice(0, token.indexOf('/')).toLowerCase() !== expected.endpoint,
    action: fields.get('Action') !== 'connect',
    user: fields.get('DBUser') !== expected.dbUser,
    region: region !== expected.region,
    'signed headers': fields.get('X-Amz-SignedHeaders') !== 'host',
  };
  const wrong = Object.keys(mismatches).find((name) => mismatches[name]);
  if (wrong) throw new IamTokenRefused(`the token is for another ${wrong}`);
  checkAge(fields, expected.now);
  const secret = expected.secretAccessKeyOf(accessKeyId);
  if (secret === undefined) throw new IamTokenRefused(`there is no access key ${accessKeyId}`);
  const signature = Buffer.from(fields.get('X-Amz-Signature') ?? '', 'hex');
  const computed = sign(fields, expected.endpoint, secret, `${day}/${region}/rds-db/aws4_request`);
  if (signature.length !== computed.length || !timingSafeEqual(signature, computed)) {
    throw new IamTokenRefused('the signature does not fit');
  }
  return accessKeyId;
}

function fieldsOf(token: string): URLSearchParams | undefined {
  const query = token.indexOf('/?');
  return query < 0 ? undefined : new URLSearchParams(token.slice(query + 2));
}

function checkAge(fields: URLSearchParams, now: Date): void {
  const time = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(fields.get('X-Amz-Date') ?? '');
  const lifeSeconds = Number(fields.get('X-Amz-Expires'));
  if (!time || !(lifeSeconds > 0 && lifeSeconds <= LONGEST_LIFE_SECONDS)) {
    throw new IamTokenRefused('the token has no valid time');
  }
  const [, year, month, day, hour, minute, second] = time.map(Number);
  const signedAt = Date.UTC(year ?? 0, (month ?? 1) - 1, day, hour, minute, second);
  const ageSeconds = (now.getTime() - signedAt) / 1000;
  if (ageSeconds < -CLOCK_SKEW_SECONDS || ageSeconds > lifeSeconds) {
    throw new IamTokenRefused('the token has expired');
  }
}

function sign(fields: URLSearchParams, host: string, secret: string, scope: string): Buffer {
  const query = [...fields]
    .filter(([name]) => name !== 'X-Amz-Signature')
    .map(([name, value]) => `${encode(name)}=${encode(value)}`)
    .sort()
    .join('&');
  const canonical = ['GET', '/', query, `host:${host}`, '', 'host', sha256('')].join('\n');
  const toSign = ['AWS4-HMAC-SHA256', fields.get('X-Amz-Date'), scope, sha256(canonical)].join('\n');
  const key = scope
    .split('/')
    .reduce((previous: Buffer, part) => hmac(previous, part), Buffer.from(`AWS4${secret}`));
  return hmac(key, toSign);
}

function encode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}
