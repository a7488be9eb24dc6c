import { tracksCommitTimes } from './commit-times.ts';
import { DatabaseUnreachable, StatementFailed } from './errors.ts';
import { inSnapshot } from './guarded-read.ts';
import type { PlatformData } from './platform-data.ts';
import type { DatabaseSession } from './postgres.ts';
import { rehearseSalvage } from './rehearse-salvage.ts';
import { classifyChanges, type SalvageClasses, type SalvagePolicy } from './salvage-classes.ts';
import type { RestoredRow, RowChange } from './salvage-evidence.ts';
import type { SalvageTable, SequencePosition } from './salvage-plan.ts';
import { compareWithCopy, findDangling, readCandidates, readKeys, rowsGone } from './salvage-rows.ts';
import { linksOf, readSalvageTables, readSequences, unitColumnsOf } from './salvage-tables.ts';
import { identifyServer } from './server-identity.ts';
import { tableName } from './sql-text.ts';

/** Rows from shortly before the point are read as well; busy tables have many of them. */
const CANDIDATES_PER_ROW = 5;
/** Tables of up to this many times the row limit are listed to tell which rows were gone. */
const LISTED_PER_ROW = 10;

/** What is asked for. */
export interface SalvageOrder extends SalvagePolicy {
  readonly platform: PlatformData;
  readonly restoreTime: string;
  /** Timeline of the proven copy. */
  readonly timelineId: number;
  /** More changed rows than this are left to people. */
  readonly rowLimit: number;
}

/** What lies behind the restore point, classed. */
export interface PlannedSalvage extends SalvageClasses {
  readonly tables: readonly SalvageTable[];
  readonly sequences: readonly SequencePosition[];
  readonly restored: readonly RestoredRow[];
  /** Why nothing can be offered; null when the classes say it all. */
  readonly obstacle: string | null;
}

/** Something that makes every offer impossible, for a person to read. */
class SalvageObstacle extends Error {
  override readonly name = 'SalvageObstacle';
}

/**
 * Reads both databases, classes what is later than the restore point, and rehearses on the live copy what may be offered.
 * @param damaged a read-only session on the replaced database.
 * @param live a session on the proven copy, of the user that may write.
 * @throws {DatabaseUnreachable} also when `live` leads to another server than the copy: resolvers remember a renamed instance.
 */
export async function planSalvage(
  damaged: DatabaseSession,
  live: DatabaseSession,
  order: SalvageOrder,
): Promise<PlannedSalvage> {
  const { timelineId } = await identifyServer(live);
  if (timelineId !== order.timelineId) {
    throw new DatabaseUnreachable(
      `The live name leads to timeline ${timelineId}, not to ${order.timelineId} of the proven copy`,
      'STALE_ENDPOINT',
    );
  }
  try {
    return await inSnapshot(damaged, () => readAndRehearse(damaged, live, order));
  } catch (error) {
    if (!(error instanceof SalvageObstacle || error instanceof StatementFailed)) throw error;
    const obstacle = error.message;
    return { offered: [], review: [], tables: [], sequences: [], restored: [], obstacle };
  }
}

async function readAndRehearse(
  damaged: DatabaseSession,
  live: DatabaseSession,
  order: SalvageOrder,
): Promise<PlannedSalvage> {
  const { platform } = order;
  if (!(await tracksCommitTimes(damaged)))
    throw new SalvageObstacle(
      'track_commit_timestamp is off on the damaged database: nobody can tell which rows are later than the point',
    );
  const tables = await readSalvageTables(live, platform);
  requireSalvageable(tables, await readSalvageTables(damaged, platform));
  const changes = await readChanges(damaged, live, tables, order);
  const links = linksOf(platform);
  const evidence = {
    changes,
    links,
    unitColumns: unitColumnsOf(platform),
    dangling: await findDangling(damaged, links, changes),
  };
  const classes = await rehearseSalvage(live, platform, tables, classifyChanges(evidence, order));
  const restored: RestoredRow[] = [];
  for (const table of tables) restored.push(...(await restoredRows(damaged, live, table, order)));
  return { ...classes, tables, sequences: await readSequences(damaged, tables), restored, obstacle: null };
}

/** @throws {SalvageObstacle} when a table has no primary key, or is not on both sides alike. */
function requireSalvageable(onCopy: readonly SalvageTable[], onDamaged: readonly SalvageTable[]): void {
  onCopy.forEach((table, index) => {
    const name = tableName(table);
    if (table.keyColumns.length === 0)
      throw new SalvageObstacle(`${name}: has no primary key by which its rows could be told apart`);
    if (onDamaged[index]?.columns.length === 0)
      throw new SalvageObstacle(`${name}: is gone from the damaged database`);
    if (JSON.stringify(table) !== JSON.stringify(onDamaged[index]))
      throw new SalvageObstacle(`${name}: has other columns on the damaged database than on the copy`);
  });
}

async function readChanges(
  damaged: DatabaseSession,
  live: DatabaseSession,
  tables: readonly SalvageTable[],
  { platform, restoreTime, rowLimit }: SalvageOrder,
): Promise<RowChange[]> {
  const changes: RowChange[] = [];
  const most = rowLimit * CANDIDATES_PER_ROW;
  for (const table of tables) {
    const candidates = await readCandidates(damaged, table, platform, restoreTime, most);
    changes.push(...(await compareWithCopy(live, table, candidates)));
    if (candidates.length === most || changes.length > rowLimit)
      throw new SalvageObstacle(
        `More than ${rowLimit} rows were written after the restore point (salvage.rowLimit): compare the databases by hand`,
      );
  }
  return changes;
}

/** A table too large to list is left out: its rows are restored all the same. */
async function restoredRows(
  damaged: DatabaseSession,
  live: DatabaseSession,
  table: SalvageTable,
  { rowLimit }: SalvageOrder,
): Promise<RestoredRow[]> {
  const onCopy = await readKeys(live, table, rowLimit * LISTED_PER_ROW);
  const left = onCopy === undefined ? undefined : await readKeys(damaged, table, rowLimit * LISTED_PER_ROW);
  return onCopy === undefined || left === undefined ? [] : rowsGone(table, onCopy, left);
}
