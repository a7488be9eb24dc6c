import * as z from 'zod';
import { Actor } from '../incident/actor.ts';
import { Timestamp } from '../lambda/timestamp.ts';
import { TradingState } from './trading-state.ts';

/** Body of `POST /emergency/halt-trading`. It may be left out: the SOP's curl sends none. */
export const EmergencyHaltRequest = z.strictObject({
  /** What happened, for the timeline and the page. */
  reason: z.string().trim().min(1).max(500).default('Emergency halt'),
  /** A ticket or alert of the caller's own. */
  reference: z.string().trim().min(1).max(200).optional(),
});
export type EmergencyHaltRequest = z.infer<typeof EmergencyHaltRequest>;

/** Answer to `POST /emergency/halt-trading`: trading stands still, durably and published. */
export const HaltAccepted = z.object({
  tradingState: TradingState,
  epoch: z.int().nonnegative(),
  changedAt: Timestamp,
  /** False when trading was halted before. */
  changed: z.boolean(),
  incident: z.object({
    started: z.boolean(),
    executionArn: z.string().optional(),
    /** Why the response did not start; start it from the console then. */
    problem: z.string().optional(),
  }),
});
export type HaltAccepted = z.infer<typeof HaltAccepted>;

/** Answer to `GET /trading-state`. */
export const TradingStateView = z.object({
  state: TradingState,
  epoch: z.int().nonnegative(),
  changedAt: Timestamp.nullable(),
  changedBy: Actor.nullable(),
  reason: z.string(),
  incidentId: z.string().nullable(),
});
export type TradingStateView = z.infer<typeof TradingStateView>;
