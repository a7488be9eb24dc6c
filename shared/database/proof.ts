import * as z from 'zod';
import { Timestamp } from '../lambda/timestamp.ts';
import { TradingState } from '../trading/trading-state.ts';

/** The layers of a proof, in their order. */
export const PROOF_LAYERS = [
  'reachable',
  'catalog',
  'amcheck',
  'counts',
  'latest-trade',
  'orphans',
  'invariants',
  'fingerprints',
  'stop',
] as const;
export type ProofLayer = (typeof PROOF_LAYERS)[number];

/** One thing that was looked at, and what was found. */
export const ProofCheck = z.object({
  /** One of {@link PROOF_LAYERS}. */
  layer: z.string(),
  subject: z.string(),
  passed: z.boolean(),
  /** False where nothing could be compared: `found` says why. Such a check blocks nothing and proves nothing. */
  compared: z.boolean().optional(),
  expected: z.string(),
  found: z.string(),
});
export type ProofCheck = z.infer<typeof ProofCheck>;

/** What a layer has cost: seconds of all the sessions that worked for it, several at once. */
export const LayerTime = z.object({ layer: z.string(), seconds: z.number().nonnegative() });
export type LayerTime = z.infer<typeof LayerTime>;

/** All layers held; a failed layer is an error (`VerificationFailed`), never a proof. */
export const DatabaseProof = z.object({
  provenAt: Timestamp,
  databaseIdentifier: z.string(),
  /** `pg_control_system().system_identifier` and timeline: tell the copy from its source. */
  systemIdentifier: z.string(),
  timelineId: z.int().positive(),
  checks: z.array(ProofCheck),
  layerTimes: z.array(LayerTime).default([]),
  /** Rows found, by `schema.table`. */
  counts: z.record(z.string(), z.int().nonnegative()),
  latestTradeAt: Timestamp.nullable(),
  /** Newest commit on the server; of a copy it may be one of its own new life. */
  lastCommitAt: Timestamp.nullable(),
});
export type DatabaseProof = z.infer<typeof DatabaseProof>;

/** Proof of a restored copy, with what going back to its restore point loses; null where the source could not be asked any more. */
export const RestoredProof = DatabaseProof.extend({
  restoreTime: Timestamp,
  /** Newest commit that the copy was restored with; null where the servers do not say. */
  newestCommitAt: Timestamp.nullable().default(null),
  /** First commit on the source that the copy does not have; null where it is not known. */
  firstExcludedCommitAt: Timestamp.nullable().default(null),
  /** When the newest row of the source was made. */
  sourceLastCommitAt: Timestamp.nullable(),
  rowsAfterPoint: z.int().nonnegative().nullable(),
  /** At most: those of other databases of the server count too. */
  transactionsAfterPoint: z.int().nonnegative().nullable(),
});
export type RestoredProof = z.infer<typeof RestoredProof>;

/** Proof on the live endpoint, with the trading state and epoch that it was given for. */
export const ServiceProof = z.object({
  provenAt: Timestamp,
  tradingState: TradingState,
  tradingEpoch: z.int().nonnegative(),
  checksPassed: z.int().positive(),
  layerTimes: z.array(LayerTime).default([]),
  summary: z.string(),
});
export type ServiceProof = z.infer<typeof ServiceProof>;
