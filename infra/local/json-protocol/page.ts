import { ServiceError } from './service-error.ts';

export interface Page<T> {
  readonly items: readonly T[];
  readonly nextToken?: string;
}

/**
 * One page of a list that the service keeps whole in memory.
 * @param nextToken what an earlier page returned
 * @param invalidTokenCode the service's code for a token that it never returned
 */
export function pageOf<T>(
  items: readonly T[],
  pageSize: number,
  nextToken: string | undefined,
  invalidTokenCode: string,
): Page<T> {
  const start = nextToken === undefined ? 0 : startOf(nextToken, invalidTokenCode);
  const end = start + pageSize;
  const page = items.slice(start, end);
  return end < items.length
    ? { items: page, nextToken: Buffer.from(`from:${end}`).toString('base64url') }
    : { items: page };
}

function startOf(nextToken: string, invalidTokenCode: string): number {
  const match = /^from:(\d+)$/.exec(Buffer.from(nextToken, 'base64url').toString('utf8'));
  if (match?.[1] === undefined)
    throw new ServiceError(invalidTokenCode, 'The next token is not one of this service');
  return Number(match[1]);
}
