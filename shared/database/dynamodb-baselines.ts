import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { epochMillis } from '../lambda/clock.ts';
import { dynamodb, itemsOf } from '../lambda/dynamodb.ts';
import { Baseline, isSuperseded, Supersession } from './baseline.ts';

/** As long as RDS can keep the logs to restore to one of them. */
const RETENTION_DAYS = 35;
const SUPERSEDED = 'superseded#';

/** The baselines of one database in the control table. */
export interface Baselines {
  store(baseline: Baseline): Promise<void>;
  /**
   * The last good baseline of what the database holds now, and the first look after it, if there was one: the first sign of the
   * trouble. Baselines that a cut-over has replaced are left out.
   */
  lastGood(): Promise<{ baseline: Baseline | undefined; firstAfter: Baseline | undefined }>;
  /** The newest good baseline that shows nothing which was committed after `until`. */
  lastGoodBefore(until: string): Promise<Baseline | undefined>;
  /** The oldest good baseline that was begun at or after `from`. */
  firstGoodAfter(from: string): Promise<Baseline | undefined>;
  /** A baseline by its `observedAt`. */
  get(observedAt: string): Promise<Baseline | undefined>;
  /** Declares that what was observed in between belongs to data that was replaced. Repeatable. */
  supersede(supersession: Supersession): Promise<void>;
  /** What was declared by {@link supersede} and not taken back. */
  supersessions(): Promise<Supersession[]>;
  /** Takes {@link supersede} back: the old data is live again. Repeatable. */
  reinstate(incidentId: string): Promise<void>;
}

/** {@link Baselines} under `baseline#<identifier>`, one item an observation. */
export function dynamodbBaselines(tableName: string, databaseIdentifier: string): Baselines {
  const pk = `baseline#${databaseIdentifier}`;

  async function* read(from: string, to: string, newestFirst: boolean): AsyncGenerator<Baseline> {
    const items = itemsOf(tableName, pk, {
      KeyConditionExpression: 'pk = :pk AND sk BETWEEN :from AND :to',
      ExpressionAttributeValues: { ':from': from, ':to': to },
      ScanIndexForward: !newestFirst,
      pageSize: 100,
    });
    for await (const item of items) yield Baseline.parse(item);
  }

  async function supersessions(): Promise<Supersession[]> {
    const items = await Array.fromAsync(
      itemsOf(tableName, pk, {
        KeyConditionExpression: 'pk = :pk AND begins_with(sk, :prefix)',
        ExpressionAttributeValues: { ':prefix': SUPERSEDED },
      }),
    );
    return items.filter(({ reinstated }) => reinstated !== true).map((item) => Supersession.parse(item));
  }

  async function find(
    range: { from: string; to: string; newestFirst: boolean },
    fits: (baseline: Baseline) => boolean,
  ): Promise<Baseline | undefined> {
    const replaced = await supersessions();
    for await (const baseline of read(range.from, range.to, range.newestFirst)) {
      if (baseline.good && !isSuperseded(baseline, replaced) && fits(baseline)) return baseline;
    }
    return undefined;
  }

  async function putSupersession(supersession: Supersession, reinstated: boolean): Promise<void> {
    await dynamodb().send(
      new PutCommand({
        TableName: tableName,
        Item: { pk, sk: `${SUPERSEDED}${supersession.incidentId}`, ...supersession, reinstated },
      }),
    );
  }

  return {
    async store(baseline) {
      const expiresAtSeconds = Math.floor(epochMillis(baseline.observedAt) / 1000) + RETENTION_DAYS * 86_400;
      await dynamodb().send(
        new PutCommand({
          TableName: tableName,
          Item: { pk, sk: baseline.observedAt, ...baseline, expiresAtSeconds },
        }),
      );
    },
    async lastGood() {
      const replaced = await supersessions();
      let firstAfter: Baseline | undefined;
      for await (const baseline of read(FIRST, LAST, true)) {
        if (isSuperseded(baseline, replaced)) continue;
        if (baseline.good) return { baseline, firstAfter };
        firstAfter = baseline;
      }
      return { baseline: undefined, firstAfter };
    },
    lastGoodBefore: (until) =>
      find(
        { from: FIRST, to: comparable(until), newestFirst: true },
        ({ snapshotAt }) => snapshotAt <= comparable(until),
      ),
    firstGoodAfter: (from) => find({ from: comparable(from), to: LAST, newestFirst: false }, () => true),
    async get(observedAt) {
      for await (const baseline of read(observedAt, observedAt, true)) return baseline;
      return undefined;
    },
    supersessions,
    supersede: (supersession) => putSupersession(supersession, false),
    async reinstate(incidentId) {
      const known = (await supersessions()).find((supersession) => supersession.incidentId === incidentId);
      if (known !== undefined) await putSupersession(known, true);
    },
  };
}

/** Baselines are keyed by time; the other items of the partition begin with a letter. */
const FIRST = '0';
const LAST = ':';

/** Keys have six digits of fraction: a time with fewer must get them before texts can be compared. */
function comparable(timestamp: string): string {
  const [whole = '', fraction = ''] = timestamp.replace('Z', '').split('.');
  return `${whole}.${fraction.padEnd(6, '0')}Z`;
}
