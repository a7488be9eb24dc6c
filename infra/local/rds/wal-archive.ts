import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { WAL_SEGMENT_MEBIBYTES } from './postgres-settings.ts';
import { isSegmentName, parseSegmentName, segmentAt, segmentName, segmentStart } from './wal-position.ts';

/** Size of every segment in these archives, in bytes. */
export const WAL_SEGMENT_BYTES = WAL_SEGMENT_MEBIBYTES * 1024 * 1024;

/** WAL that recovery would need cannot be trusted; the message names the segment. */
export class WalArchiveDamaged extends Error {
  override readonly name = 'WalArchiveDamaged';
}

/** From this segment on a recovery reads WAL. */
export interface WalStart {
  timeline: number;
  /** WAL position at which the base backup began. */
  position: string;
}

interface Seal {
  /** Every commit up to here is in the archive, and at least one later one; RFC 3339 UTC. */
  coveredUntil: string;
  lastSegment: string;
}

/**
 * The WAL archive of one cluster, with a record beside it that PostgreSQL does not keep: the SHA-256 of every
 * segment at the time it arrived, and up to which moment the segments together cover the commits. Only what is in
 * that record can be restored.
 */
export class WalArchive {
  readonly directory: string;
  readonly #sha256BySegment = new Map<string, string>();
  readonly #seals: Seal[] = [];

  constructor(directory: string) {
    this.directory = directory;
  }

  /** Up to which moment the archive covers every commit, or `undefined` before the first seal. */
  get coveredUntil(): string | undefined {
    return this.#seals.at(-1)?.coveredUntil;
  }

  /** Names of the segments on record, in order. */
  get segments(): string[] {
    return [...this.#sha256BySegment.keys()];
  }

  /** Whether a segment has arrived (PostgreSQL renames it into place when it is complete and synced). */
  holds(segment: string): boolean {
    return existsSync(join(this.directory, segment));
  }

  /**
   * Records the segments that have arrived.
   *
   * @param lastSegment the segment that holds the first commit after `coveredUntil`.
   * @param coveredUntil RFC 3339 UTC with milliseconds.
   * @throws {WalArchiveDamaged} when a segment between the last record and `lastSegment` is missing or is not what
   *   its name says; nothing is recorded then.
   */
  async seal(lastSegment: string, coveredUntil: string): Promise<void> {
    const { timeline } = parseSegmentName(lastSegment, WAL_SEGMENT_BYTES);
    const arrived = (await readdir(this.directory))
      .filter((name) => isSegmentName(name) && name <= lastSegment && !this.#sha256BySegment.has(name))
      .filter((name) => parseSegmentName(name, WAL_SEGMENT_BYTES).timeline === timeline)
      .sort();
    const fresh = new Map<string, string>();
    let previous = this.segments.at(-1);
    for (const name of arrived) {
      if (previous && name !== following(previous)) throw missing(following(previous));
      fresh.set(name, (await this.#read(name)).sha256);
      previous = name;
    }
    if (previous !== lastSegment) throw missing(lastSegment);
    for (const [name, sha256] of fresh) this.#sha256BySegment.set(name, sha256);
    if (!this.coveredUntil || coveredUntil > this.coveredUntil)
      this.#seals.push({ coveredUntil, lastSegment });
  }

  /**
   * The segments that a recovery reads, from the start of its base backup to the first commit after the target.
   *
   * @param target RFC 3339 UTC, at most `coveredUntil`.
   * @throws {WalArchiveDamaged} when no seal covers the target or a segment was never recorded.
   */
  segmentsFor(start: WalStart, target: string): string[] {
    const seal = this.#seals.find(({ coveredUntil }) => coveredUntil >= target);
    if (!seal) throw new WalArchiveDamaged(`the archived WAL does not reach ${target}`);
    const names: string[] = [];
    let name = segmentName(segmentAt(start.position, start.timeline, WAL_SEGMENT_BYTES), WAL_SEGMENT_BYTES);
    for (; name <= seal.lastSegment; name = following(name)) {
      if (!this.#sha256BySegment.has(name)) throw missing(name);
      names.push(name);
    }
    return names;
  }

  /**
   * Proves that segments are present, unchanged since they arrived, and from the timeline that their names say.
   *
   * @throws {WalArchiveDamaged} naming the first segment that fails.
   */
  async verify(segments: readonly string[]): Promise<void> {
    for (const name of segments) {
      const { sha256 } = await this.#read(name);
      if (sha256 !== this.#sha256BySegment.get(name)) {
        throw new WalArchiveDamaged(`WAL segment ${name} has changed since it was archived`);
      }
    }
  }

  async #read(name: string): Promise<{ sha256: string }> {
    if (!this.holds(name)) throw missing(name);
    const content = await readFile(join(this.directory, name));
    checkFirstPage(name, content);
    return { sha256: createHash('sha256').update(content).digest('hex') };
  }
}

/**
 * The `restore_command` of a recovery. PostgreSQL takes an exit code of 1 to 125 for "there is no such file", and
 * without a target it would then end recovery and come up with less data; so only true absence may say that.
 */
export function restoreCommand(archiveDirectory: string): string {
  const archive = shellQuote(archiveDirectory);
  return [
    `if test -f ${archive}/%f; then cp ${archive}/%f %p || exit 200`,
    `elif test -r ${archive}/. && test -x ${archive}/.; then exit 1`,
    'else exit 201; fi',
  ].join('; ');
}

function shellQuote(text: string): string {
  // PostgreSQL expands % in the command.
  return `'${text.replaceAll("'", `'\\''`).replaceAll('%', '%%')}'`;
}

/** Reads a segment's first page header (PostgreSQL's `XLogLongPageHeaderData`). */
function checkFirstPage(name: string, content: Buffer): void {
  if (content.length !== WAL_SEGMENT_BYTES) {
    throw new WalArchiveDamaged(`WAL segment ${name} has ${content.length} bytes, not ${WAL_SEGMENT_BYTES}`);
  }
  const segment = parseSegmentName(name, WAL_SEGMENT_BYTES);
  const timeline = content.readUInt32LE(4);
  const address = content.readBigUInt64LE(8);
  // The first segment after a promotion may begin with pages of the timeline it branched from.
  if (timeline > segment.timeline || address !== segmentStart(segment, WAL_SEGMENT_BYTES)) {
    throw new WalArchiveDamaged(`WAL segment ${name} holds other WAL than its name says`);
  }
}

function following(name: string): string {
  const { timeline, number } = parseSegmentName(name, WAL_SEGMENT_BYTES);
  return segmentName({ timeline, number: number + 1n }, WAL_SEGMENT_BYTES);
}

function missing(name: string): WalArchiveDamaged {
  return new WalArchiveDamaged(`WAL segment ${name} is missing from the archive`);
}
