import { AccessDenied } from './access-denied.ts';
import { SerializationError, UnknownOperation } from './api-call.ts';
import { type RefusalKind, refusal, type ServiceError } from './service-error.ts';
import type { Service } from './services/service.ts';
import { MissingAuthenticationToken, SignatureDoesNotMatch } from './signature.ts';

/** Nobody was given this access key. */
export class UnknownAccessKey extends Error {
  override readonly name = 'UnknownAccessKey';
}

/** The caller's network does not lead to the service. Answered at once, where AWS would let the client wait. */
export class UnreachableFromVpc extends Error {
  override readonly name = 'UnreachableFromVpc';
}

const refusalKinds: readonly (readonly [new (...args: never[]) => Error, RefusalKind])[] = [
  [AccessDenied, 'denied'],
  [SignatureDoesNotMatch, 'signature'],
  [UnknownAccessKey, 'unknown-key'],
  [MissingAuthenticationToken, 'unsigned'],
];

/** What the front door answers when a request cannot be admitted or forwarded. */
export function serviceErrorOf(error: unknown, service: Service | undefined): ServiceError {
  const { name, message } = error instanceof Error ? error : new Error(String(error));
  const kind = refusalKinds.find(([type]) => error instanceof type)?.[1];
  if (kind) {
    return refusal(service, kind, message);
  }
  const isRefused = [UnknownOperation, SerializationError, UnreachableFromVpc].some(
    (type) => error instanceof type,
  );
  return isRefused
    ? { name, status: 400, message }
    : { name: 'ServiceUnavailable', status: 503, message: `the stand-in did not answer: ${message}` };
}
