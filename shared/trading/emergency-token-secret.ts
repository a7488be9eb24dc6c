import type { Clock } from '../lambda/clock.ts';
import { ApiProblem } from '../lambda/problem.ts';
import { secretText } from '../lambda/secrets-manager.ts';
import { EmergencyTokens, matchEmergencyToken } from './emergency-token.ts';

const CACHE_MILLIS = 60_000;
let cached: { secretId: string; tokens: EmergencyTokens; readAtMillis: number } | undefined;

/**
 * Lets a request pass that carries a valid emergency token and gives the token's id. The secret is kept for a minute; an unknown
 * token makes it be read again at most once a second, so that a token rotated in just now works at once.
 * @throws {ApiProblem} 401 without a valid token.
 */
export async function authorizeByToken(
  headers: Readonly<Record<string, string | undefined>>,
  secretId: string,
  clock: Clock,
): Promise<string> {
  const { authorization } = headers;
  const id = matchEmergencyToken(authorization, await readTokens(secretId, clock, CACHE_MILLIS));
  if (id !== null) return id;
  const again = matchEmergencyToken(authorization, await readTokens(secretId, clock, 1000));
  if (again !== null) return again;
  throw new ApiProblem(
    401,
    'Unauthorized',
    'A valid emergency token is needed: Authorization: Bearer <token>',
    [{ field: 'headers.authorization', detail: authorization === undefined ? 'is missing' : 'is not valid' }],
  );
}

async function readTokens(secretId: string, clock: Clock, maxAgeMillis: number): Promise<EmergencyTokens> {
  const nowMillis = clock.now().getTime();
  if (cached?.secretId !== secretId || nowMillis - cached.readAtMillis >= maxAgeMillis) {
    const tokens = EmergencyTokens.parse(JSON.parse(await secretText(secretId)));
    cached = { secretId, tokens, readAtMillis: nowMillis };
  }
  return cached.tokens;
}
