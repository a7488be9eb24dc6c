import {
  isBodyHash,
  MissingAuthenticationToken,
  type SignatureClaim,
  SignatureDoesNotMatch,
  signatureClaim,
  signedBodyHash,
  verifySignature,
  type WireRequest,
} from '../front-door/signature.ts';
import { Rejection } from './rejection.ts';

/** Somebody with an access key. */
export interface AccessKeyOwner {
  /** The role or user whose policies decide. */
  readonly principalArn: string;
  /** As events and messages name them: the user, or the session of the role. */
  readonly arn: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** A signed request may be this old, or this far ahead. */
const maximumSkewMillis = 5 * 60_000;

/**
 * Who signed the request, for methods with `AWS_IAM`.
 * @throws Rejection `MISSING_AUTHENTICATION_TOKEN` without a signature; `INVALID_SIGNATURE` for another service,
 *   an unknown key, a host or a body that is not signed, an old time or a wrong signature
 */
export function callerIdentity(
  request: WireRequest,
  body: Buffer,
  identityOf: (accessKeyId: string) => AccessKeyOwner | undefined,
  now: Date,
): AccessKeyOwner {
  const claim = claimOf(request);
  if (claim.service !== 'execute-api' || !claim.signedHeaders.includes('host')) {
    throw new Rejection(
      'INVALID_SIGNATURE',
      "Credential should be scoped to correct service: 'execute-api', and 'host' must be a signed header",
    );
  }
  const owner = identityOf(claim.accessKeyId);
  if (owner === undefined) {
    throw new Rejection('INVALID_SIGNATURE', 'The security token included in the request is invalid.');
  }
  assertRecent(claim, now);
  try {
    const bodyHash = signedBodyHash(request, claim, body);
    if (!isBodyHash(bodyHash)) {
      throw new Rejection('INVALID_SIGNATURE', `x-amz-content-sha256: '${bodyHash}' does not cover the body`);
    }
    verifySignature(request, claim, owner.secretAccessKey, bodyHash, now);
  } catch (error) {
    if (error instanceof SignatureDoesNotMatch) throw new Rejection('INVALID_SIGNATURE', error.message);
    throw error;
  }
  return owner;
}

function claimOf(request: WireRequest): SignatureClaim {
  try {
    return signatureClaim(request);
  } catch (error) {
    if (!(error instanceof MissingAuthenticationToken)) throw error;
    throw request.headers.authorization === undefined
      ? new Rejection('MISSING_AUTHENTICATION_TOKEN', 'Missing Authentication Token')
      : new Rejection('INVALID_SIGNATURE', error.message);
  }
}

function assertRecent({ timestamp }: SignatureClaim, now: Date) {
  const signedMillis = Date.parse(
    timestamp.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'),
  );
  if (!(Math.abs(now.getTime() - signedMillis) <= maximumSkewMillis)) {
    throw new Rejection('INVALID_SIGNATURE', `Signature expired or not yet current: ${timestamp}`);
  }
}
