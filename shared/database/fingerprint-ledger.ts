import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import * as z from 'zod';
import { epochMicros } from '../lambda/timestamp.ts';
import type { Supersession } from './baseline.ts';
import { Fingerprints } from './fingerprint.ts';

/** Fingerprints as they are kept, chained to those before them. */
export const LedgerEntry = Fingerprints.extend({
  sequence: z.int().positive(),
  /** `hash` of the entry before; 64 zeros for the first. */
  previousHash: z.string().length(64),
  /** SHA-256 over the canonical JSON (RFC 8785) of everything else in the entry. */
  hash: z.string().length(64),
});
export type LedgerEntry = z.infer<typeof LedgerEntry>;

/** How far the ledger goes, kept apart from its entries: that the last of them are missing shows as well. */
export const LedgerHead = z.object({ sequence: z.int().positive(), hash: z.string().length(64) });
export type LedgerHead = z.infer<typeof LedgerHead>;

const GENESIS_HASH = '0'.repeat(64);

/** Puts fingerprints behind `previous` in the chain. */
export function seal(fingerprints: Fingerprints, previous: LedgerHead | undefined): LedgerEntry {
  const unsealed = {
    ...fingerprints,
    sequence: (previous?.sequence ?? 0) + 1,
    previousHash: previous?.hash ?? GENESIS_HASH,
  };
  return { ...unsealed, hash: hashOf(unsealed) };
}

/**
 * The first place where a ledger does not hold together; undefined for a sound one. The head may lag behind the entries, since it is
 * written after them, but never the other way round.
 * @param entries all of them, oldest first, or the last ones when `isWhole` is false.
 */
export function ledgerFault(
  entries: readonly LedgerEntry[],
  head: LedgerHead | undefined,
  isWhole = true,
): string | undefined {
  const [oldest] = entries;
  const genesis = { sequence: 0, hash: GENESIS_HASH };
  let previous =
    isWhole || oldest === undefined ? genesis : { sequence: oldest.sequence - 1, hash: oldest.previousHash };
  for (const entry of entries) {
    const { hash, ...unsealed } = entry;
    if (entry.sequence !== previous.sequence + 1) return `entry ${previous.sequence + 1} is missing`;
    if (entry.previousHash !== previous.hash)
      return `entry ${entry.sequence} does not follow the one before it`;
    if (hashOf(unsealed) !== hash) return `entry ${entry.sequence} was changed`;
    previous = entry;
  }
  return headFault(entries, head, previous.sequence);
}

function headFault(
  entries: readonly LedgerEntry[],
  head: LedgerHead | undefined,
  lastSequence: number,
): string | undefined {
  if (head === undefined) return lastSequence > 1 ? 'its head is missing' : undefined;
  if (head.sequence > lastSequence) return `entry ${head.sequence} is missing`;
  const atHead = entries.find(({ sequence }) => sequence === head.sequence);
  return atHead === undefined || atHead.hash === head.hash
    ? undefined
    : `entry ${head.sequence} is not the one that its head names`;
}

/** Entries that show what the database descends from: not those of data that a cut-over has replaced. */
export function withoutSuperseded(
  entries: readonly LedgerEntry[],
  supersessions: readonly Supersession[],
): LedgerEntry[] {
  return entries.filter(({ snapshotAt }) =>
    supersessions.every(
      ({ after, until }) =>
        epochMicros(snapshotAt) <= epochMicros(after) || epochMicros(snapshotAt) >= epochMicros(until),
    ),
  );
}

function hashOf(unsealed: Omit<LedgerEntry, 'hash'>): string {
  return createHash('sha256')
    .update(canonicalize(unsealed) ?? '')
    .digest('hex');
}
