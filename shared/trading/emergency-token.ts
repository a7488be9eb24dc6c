import { createHash, timingSafeEqual } from 'node:crypto';
import * as z from 'zod';

/** The secret: token by id, e.g. `{"primary": "...", "next": "..."}`, so that a new one can be handed out before the old one goes. */
export const EmergencyTokens = z.record(
  z.string().min(1),
  z.string().min(32, 'must have at least 32 characters'),
);
export type EmergencyTokens = z.infer<typeof EmergencyTokens>;

/**
 * Which of the valid tokens an `Authorization: Bearer` header carries; null when none. Every token is compared in constant
 * time and all are compared always, so that the time taken tells nothing.
 */
export function matchEmergencyToken(
  authorization: string | undefined,
  tokens: EmergencyTokens,
): string | null {
  const presented = digest(/^Bearer +(\S+)$/i.exec(authorization ?? '')?.[1] ?? '');
  let matched: string | null = null;
  for (const [id, token] of Object.entries(tokens)) {
    if (timingSafeEqual(presented, digest(token))) matched = id;
  }
  return matched;
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
