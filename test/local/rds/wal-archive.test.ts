import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import {
  restoreCommand,
  WAL_SEGMENT_BYTES,
  WalArchive,
  WalArchiveDamaged,
} from '../../../infra/local/rds/wal-archive.ts';
import { segmentName, segmentStart } from '../../../infra/local/rds/wal-position.ts';

const root = mkdtempSync(join(tmpdir(), 'wal-archive-'));
let directory: string;
let archive: WalArchive;
beforeEach(() => {
  directory = mkdtempSync(join(root, 'archive-'));
  archive = new WalArchive(directory);
});
afterAll(() => rmSync(root, { recursive: true }));

/** Writes a segment as PostgreSQL begins it: with timeline and address in its first page. */
function arrive(number: number, timeline = 1, claimedTimeline = timeline): string {
  const name = segmentName({ timeline: claimedTimeline, number: BigInt(number) }, WAL_SEGMENT_BYTES);
  const content = Buffer.alloc(WAL_SEGMENT_BYTES);
  content.writeUInt32LE(timeline, 4);
  content.writeBigUInt64LE(segmentStart({ timeline, number: BigInt(number) }, WAL_SEGMENT_BYTES), 8);
  writeFileSync(join(directory, name), content);
  return name;
}

const START = { timeline: 1, position: '0/400028' };

describe('what is sealed', () => {
  test('covers a target from the segment of the backup to the first commit after the target', async () => {
    const names = [1, 2, 3, 4].map((number) => arrive(number));
    await archive.seal(names[1] ?? '', '2026-11-22T10:00:00.000Z');
    await archive.seal(names[2] ?? '', '2026-11-22T10:05:00.000Z');
    expect(archive.coveredUntil).toBe('2026-11-22T10:05:00.000Z');
    expect(archive.segmentsFor(START, '2026-11-22T10:00:00.000Z')).toEqual(names.slice(0, 2));
    expect(archive.segmentsFor(START, '2026-11-22T10:00:00.001Z')).toEqual(names.slice(0, 3));
    expect(() => archive.segmentsFor(START, '2026-11-22T10:05:00.001Z')).toThrow(WalArchiveDamaged);
  });

  test('never has a gap', async () => {
    arrive(1);
    const last = arrive(3);
    await expect(archive.seal(last, '2026-11-22T10:00:00.000Z')).rejects.toThrow(
      '000000010000000000000002 is missing',
    );
    expect(archive.coveredUntil).toBeUndefined();
  });

  test('never ends in a segment that has not arrived', async () => {
    const name = arrive(1);
    rmSync(join(directory, name));
    await expect(archive.seal(name, '2026-11-22T10:00:00.000Z')).rejects.toThrow(WalArchiveDamaged);
  });

  test('is of the timeline that the name says', async () => {
    const later = arrive(1, 2, 1);
    await expect(archive.seal(later, '2026-11-22T10:00:00.000Z')).rejects.toThrow(
      /other WAL than its name says/,
    );
  });

  test('does not move back in time', async () => {
    await archive.seal(arrive(1), '2026-11-22T10:05:00.000Z');
    await archive.seal(arrive(2), '2026-11-22T10:00:00.000Z');
    expect(archive.coveredUntil).toBe('2026-11-22T10:05:00.000Z');
  });
});

test('a change of any byte after the seal is found, and the segment named', async () => {
  const name = arrive(1);
  await archive.seal(name, '2026-11-22T10:00:00.000Z');
  await archive.verify([name]);
  const content = readFileSync(join(directory, name));
  content[WAL_SEGMENT_BYTES - 1] = 1;
  writeFileSync(join(directory, name), content);
  await expect(archive.verify([name])).rejects.toThrow(`WAL segment ${name} has changed`);
});

describe('the restore command', () => {
  const run = (file: string, target: string, from = directory) => {
    const command = restoreCommand(from)
      .replaceAll('%f', file)
      .replaceAll('%p', target)
      .replaceAll('%%', '%');
    return spawnSync('sh', ['-c', command], { stdio: 'ignore' }).status;
  };

  test('copies a segment', () => {
    const name = arrive(1);
    const target = join(root, 'copied');
    expect(run(name, target)).toBe(0);
    expect(readFileSync(target).length).toBe(WAL_SEGMENT_BYTES);
  });

  test('says "not there" only of a file that is truly absent from a readable archive', () => {
    expect(run('000000010000000000000009', join(root, 'x'))).toBe(1);
  });

  test('ends the recovery when the archive is gone or the copy fails, by a code above 125', () => {
    expect(run('000000010000000000000009', join(root, 'x'), join(root, 'no-archive'))).toBe(201);
    const name = arrive(1);
    expect(run(name, join(root, 'no-directory', 'x'))).toBe(200);
  });

  test('works in directories with blanks, quotes and percent signs', () => {
    const strange = join(root, `it's 100%f here`);
    mkdirSync(strange);
    writeFileSync(join(strange, 'segment'), 'content');
    expect(
      spawnSync('sh', [
        '-c',
        restoreCommand(strange)
          .replaceAll('%%', '\0')
          .replaceAll('%f', 'segment')
          .replaceAll('%p', join(root, 'y'))
          .replaceAll('\0', '%'),
      ]).status,
    ).toBe(0);
    expect(readFileSync(join(root, 'y'), 'utf8')).toBe('content');
  });
});
