import { getDocument, putDocument } from '../lambda/s3.ts';
import { SalvageRefused } from './errors.ts';
import { SalvagePlan, sha256 } from './salvage-plan.ts';

/** Where a plan lies, and what it is recognised by. */
export interface StoredPlan {
  readonly key: string;
  readonly sha256: string;
}

/** Plans and review files under `salvage/<incidentId>/` of a bucket. They hold rows of the platform. Throws the SDK's errors. */
export function s3Salvage(bucket: string, incidentId: string) {
  return {
    /** Equal plans have one key. */
    async storePlan(plan: SalvagePlan): Promise<StoredPlan> {
      const body = JSON.stringify(plan);
      const hash = sha256(body);
      const key = `salvage/${incidentId}/${hash.slice(0, 16)}/plan.json`;
      await putDocument({ bucket, key, contentType: 'application/json', body });
      return { key, sha256: hash };
    },
    /** @returns its key. */
    async storeReview(lines: string): Promise<string> {
      const key = `salvage/${incidentId}/${sha256(lines).slice(0, 16)}/review.jsonl`;
      await putDocument({ bucket, key, contentType: 'application/jsonl; charset=utf-8', body: lines });
      return key;
    },
    /** @throws {SalvageRefused} when it is not what was approved. */
    async loadPlan({ key, sha256: expected }: StoredPlan): Promise<SalvagePlan> {
      const body = await getDocument(bucket, key);
      const found = sha256(body);
      if (found !== expected)
        throw new SalvageRefused(`${key}: has SHA-256 ${found}, and ${expected} was approved`);
      return SalvagePlan.parse(JSON.parse(body));
    },
  };
}
