import type { Baselines } from './dynamodb-baselines.ts';
import type { FingerprintLedger } from './dynamodb-fingerprints.ts';
import { LedgerBroken } from './errors.ts';
import { checkFingerprints } from './fingerprint-checks.ts';
import type { LedgerEntry } from './fingerprint-ledger.ts';
import type { PlatformData } from './platform-data.ts';
import type { ProofCheck } from './proof.ts';
import { proofCheck } from './proof-check.ts';
import type { ProofWork } from './proof-work.ts';

/** The entries that count, or what is wrong with the ledger: a finding of the proof, named beside all others. */
export async function readLedger(
  ledger: FingerprintLedger,
  baselines: Pick<Baselines, 'supersessions'>,
): Promise<readonly LedgerEntry[] | LedgerBroken> {
  try {
    return await ledger.read(await baselines.supersessions());
  } catch (error) {
    if (error instanceof LedgerBroken) return error;
    throw error;
  }
}

/**
 * The layer `fingerprints` against what {@link readLedger} gave. A ledger that does not hold together fails it.
 * @throws {DatabaseUnreachable}
 */
export async function checkLedger(
  work: ProofWork,
  platform: PlatformData,
  ledger: readonly LedgerEntry[] | LedgerBroken,
  until: string | null,
): Promise<ProofCheck[]> {
  return ledger instanceof LedgerBroken
    ? [proofCheck('fingerprints', 'ledger', false, 'an unbroken chain', `LedgerBroken: ${ledger.message}`)]
    : checkFingerprints(work, platform, ledger, until);
}
