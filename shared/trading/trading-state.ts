import * as z from 'zod';
import { Actor } from '../incident/actor.ts';
import { Timestamp } from '../lambda/timestamp.ts';

/**
 * What the platform may do. ACTIVE: everything. REDUCE_ONLY: only what makes positions smaller. CANCEL_ONLY: only cancelling.
 * HALTED: no order. A reader that cannot read treats it as HALTED.
 */
export const TradingState = z.enum(['ACTIVE', 'REDUCE_ONLY', 'CANCEL_ONLY', 'HALTED']);
export type TradingState = z.infer<typeof TradingState>;

const STRICTNESS: readonly TradingState[] = ['ACTIVE', 'REDUCE_ONLY', 'CANCEL_ONLY', 'HALTED'];

/** The strictest of several scopes' states (global, exchange, user) wins; no state at all is HALTED. */
export function strictest(states: readonly TradingState[]): TradingState {
  if (states.length === 0) return 'HALTED';
  return states.reduce((left, right) =>
    STRICTNESS.indexOf(left) > STRICTNESS.indexOf(right) ? left : right,
  );
}

/** The stored state of one scope. */
export const TradingControlRecord = z.object({
  state: TradingState,
  /** Grows by one with every change; a resume must name the epoch that it read. */
  epoch: z.int().nonnegative(),
  changedAt: Timestamp,
  changedBy: Actor,
  reason: z.string(),
  incidentId: z.string().nullable(),
});
export type TradingControlRecord = z.infer<typeof TradingControlRecord>;
