import type * as z from 'zod';

/** The input of a step does not fit its contract. Never worth a retry. Names every wrong field. */
export class InvalidInput extends Error {
  override readonly name = 'InvalidInput';
}

/** A function was deployed without, or with a wrong, environment variable. */
export class InvalidEnvironment extends Error {
  override readonly name = 'InvalidEnvironment';
}

/** A step answered something that its contract does not allow: a defect of ours, stopped before it spreads. */
export class InvalidOutput extends Error {
  override readonly name = 'InvalidOutput';
}

/** An AWS service could not be reached, refused for load, or failed inside: the state machine tries again. */
export class ServiceUnavailable extends Error {
  override readonly name = 'ServiceUnavailable';
}

/** One line that names each wrong field and what is expected of it. */
export function describeIssues(error: z.ZodError): string {
  return error.issues
    .map((issue) => `${issue.path.length > 0 ? issue.path.join('.') : '(whole)'}: ${issue.message}`)
    .join('; ');
}

const TRANSIENT_NAMES = new Set([
  'InternalServerError',
  'InternalFailure',
  'InternalErrorException',
  'ServiceUnavailableException',
  'ServiceUnavailable',
  'ThrottlingException',
  'Throttling',
  'ThrottledException',
  'RequestThrottled',
  'TooManyRequestsException',
  'RequestLimitExceeded',
  'ProvisionedThroughputExceededException',
  'SlowDown',
  'TimeoutError',
  'RequestTimeout',
  'NetworkingError',
]);
const TRANSIENT_CODES = new Set([
  'ECONNRESET',
  'ECONNREFUSED',
  'ETIMEDOUT',
  'EPIPE',
  'ENOTFOUND',
  'EAI_AGAIN',
]);

/**
 * Whether an AWS SDK error is worth another try: throttled, timed out, cut off, or a fault of the service itself.
 * Everything else (denied, invalid, not found) stays as it is however often it is tried.
 */
export function isTransient(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { name, code, $metadata, $retryable } = error as Error & {
    code?: string;
    $metadata?: { httpStatusCode?: number };
    $retryable?: unknown;
  };
  if (TRANSIENT_NAMES.has(name) || (code !== undefined && TRANSIENT_CODES.has(code))) return true;
  return $retryable !== undefined || ($metadata?.httpStatusCode ?? 0) >= 500;
}
