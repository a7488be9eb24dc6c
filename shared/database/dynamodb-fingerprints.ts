import { PutCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import { dynamodb, isConditionFailed, itemsOf, putIfAbsent } from '../lambda/dynamodb.ts';
import type { Supersession } from './baseline.ts';
import { LedgerBroken } from './errors.ts';
import type { Fingerprints } from './fingerprint.ts';
import { LedgerEntry, LedgerHead, ledgerFault, seal, withoutSuperseded } from './fingerprint-ledger.ts';

const HEAD = 'head';
const SEQUENCE_DIGITS = 12;
/** As many of the newest entries as a run may have to look at to find one that no cut-over has replaced, in one page. */
const NEWEST = 50;

/** The sealed fingerprints of one database. */
export interface FingerprintLedger {
  /**
   * All entries that still count, oldest first.
   * @throws {LedgerBroken} when one was changed or is missing.
   */
  read(supersessions: readonly Supersession[]): Promise<LedgerEntry[]>;
  /**
   * The newest entry that still counts, and the head to append behind.
   * @throws {LedgerBroken} when one of the newest was changed or is missing.
   */
  newest(
    supersessions: readonly Supersession[],
  ): Promise<{ entry: LedgerEntry | undefined; head: LedgerHead | undefined }>;
  /** Appends behind `head`; undefined when somebody else has appended meanwhile. Nothing is ever replaced. */
  append(fingerprints: Fingerprints, head: LedgerHead | undefined): Promise<LedgerEntry | undefined>;
}

/** {@link FingerprintLedger} under `fingerprints#<identifier>` in the control table: one item an entry, and the head. */
export function dynamodbFingerprints(tableName: string, databaseIdentifier: string): FingerprintLedger {
  const pk = `fingerprints#${databaseIdentifier}`;

  /** Gives the entries, oldest first, when they hold together. */
  function checked(items: readonly Record<string, unknown>[], isWhole: boolean) {
    const entries = items
      .filter(({ sk }) => sk !== HEAD)
      .map((item) => parsed(LedgerEntry, item))
      .sort((left, right) => left.sequence - right.sequence);
    const headItem = items.find(({ sk }) => sk === HEAD);
    const head = headItem === undefined ? undefined : parsed(LedgerHead, headItem);
    const fault = ledgerFault(entries, head, isWhole);
    if (fault !== undefined) throw new LedgerBroken(`fingerprints of ${databaseIdentifier}: ${fault}`);
    return entries;
  }

  function parsed<Item>(schema: { safeParse(item: unknown): { data?: Item } }, item: { sk?: unknown }): Item {
    const { data } = schema.safeParse(item);
    if (data !== undefined) return data;
    throw new LedgerBroken(`fingerprints of ${databaseIdentifier}: item ${String(item.sk)} was changed`);
  }

  async function moveHead({ sequence, hash }: LedgerEntry): Promise<void> {
    try {
      await dynamodb().send(
        new PutCommand({
          TableName: tableName,
          Item: { pk, sk: HEAD, sequence, hash },
          ConditionExpression: 'attribute_not_exists(pk) OR #sequence < :sequence',
          ExpressionAttributeNames: { '#sequence': 'sequence' },
          ExpressionAttributeValues: { ':sequence': sequence },
        }),
      );
    } catch (error) {
      // Whoever appended behind this entry has moved the head on already.
      if (!isConditionFailed(error)) throw error;
    }
  }

  return {
    async read(supersessions) {
      const items = await Array.fromAsync(itemsOf(tableName, pk));
      return withoutSuperseded(checked(items, true), supersessions);
    },
    async newest(supersessions) {
      const { Items = [], LastEvaluatedKey } = await dynamodb().send(
        new QueryCommand({
          TableName: tableName,
          KeyConditionExpression: 'pk = :pk',
          ExpressionAttributeValues: { ':pk': pk },
          ConsistentRead: true,
          ScanIndexForward: false,
          Limit: NEWEST,
        }),
      );
      const entries = checked(Items, LastEvaluatedKey === undefined);
      return { entry: withoutSuperseded(entries, supersessions).at(-1), head: entries.at(-1) };
    },
    async append(fingerprints, head) {
      const entry = seal(fingerprints, head);
      const sk = String(entry.sequence).padStart(SEQUENCE_DIGITS, '0');
      if (!(await putIfAbsent(tableName, { pk, sk, ...entry }))) return undefined;
      await moveHead(entry);
      return entry;
    },
  };
}
