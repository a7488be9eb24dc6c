import { closeSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { alterInstance, type InstanceChange } from './alter-instance.ts';
import { serverOf } from './clusters.ts';
import type { DbInstance, InstanceStatus } from './instance.ts';
import { DEFAULT_SECURITY_GROUP } from './network.ts';
import type { NextRestore } from './next-restore.ts';
import { corruptHeapPage, corruptIndexPage } from './page-corruption.ts';
import type { RdsContext } from './rds-context.ts';
import { untilReplayed } from './replication.ts';
import { stopInstance } from './stopped-instance.ts';
import { WAL_SEGMENT_BYTES } from './wal-archive.ts';

/** An archive holds no segment that a fault could hit. */
class NoWalSegment extends Error {
  override readonly name = 'NoWalSegment';
}

/** Which of the segments that a restore needs: by place among those after the newest backup, or by name. */
type SegmentChoice = 'first' | 'middle' | 'last' | { name: string };

/** What can go wrong with a database, for drills and tests. */
export interface RdsFaults {
  /** The server goes down and stays down until a reboot; RDS still says `available`. */
  stopDatabase(identifier: string): Promise<void>;
  /** Somebody stops the instance, as StopDBInstance does. */
  stopInstance(identifier: string): Promise<void>;
  /**
   * The volume is gone, and the server with it: RDS says `failed`, and no start brings the instance back. Its backups remain, and its
   * replicas have what was written before this was asked for.
   */
  loseStorage(identifier: string): Promise<void>;
  /** Somebody takes the instance out of its security groups, as ModifyDBInstance does: nobody who is new gets in. */
  loseSecurityGroups(identifier: string): void;
  /** The server loses its memory, and RDS starts it again. */
  crash(identifier: string): Promise<void>;
  /** @returns name of the segment that is gone from the archive. */
  removeWalSegment(identifier: string, which: SegmentChoice): string;
  /** @returns name of the segment that has changed in the archive. */
  corruptWalSegment(identifier: string, which?: SegmentChoice): string;
  /**
   * Somebody changes an instance in the console, or RDS does not do what it was asked to: it has the default security group, exports
   * no log, has the default parameter group, or no tags of its source.
   */
  alter(identifier: string, change: InstanceChange): void;
  /** @returns number of the page of the table that is damaged on disk. */
  corruptHeapPage(identifier: string, table: string): Promise<number>;
  /** Each copy that is restored from now on is damaged by this SQL, run with all rights before the copy is available. */
  damageCopies(sql: string): void;
  /** A page of this table or index is damaged on disk on each copy that is restored from now on. */
  damageCopyPages(name: string): void;
  /** @returns number of the page of the index that is damaged on disk. */
  corruptIndexPage(identifier: string, index: string): Promise<number>;
  /** What AWS itself may do to the restores to come. */
  nextRestore: NextRestore;
  /** Its work has outgrown its class: from now on it is slow, and says so to CloudWatch, until it is given another class. */
  outgrow(identifier: string): void;
  /** RDS shows this status, until something else changes it. */
  putInto(identifier: string, status: InstanceStatus): void;
}

/** The faults of one RDS. */
export function rdsFaults(context: RdsContext): RdsFaults {
  const get = (identifier: string) => serverOf(context, identifier);
  return {
    stopDatabase: async (identifier) => {
      const instance = get(identifier);
      await instance.cluster.stop('fast');
      context.events.emit('RDS-EVENT-0004', instance);
    },
    stopInstance: (identifier) => stopInstance(context, get(identifier)),
    loseStorage: async (identifier) => {
      const instance = get(identifier);
      await context.backups.withoutUploads(instance, async () => {
        await untilReplayed(instance, context.instances.replicasOf(instance));
        await instance.cluster.stop('immediate');
        rmSync(instance.cluster.dataDirectory, { recursive: true });
      });
      instance.status = 'failed';
      context.events.emit('RDS-EVENT-0031', instance, 'failed: its storage cannot be read');
    },
    loseSecurityGroups: (identifier) => {
      get(identifier).securityGroupIds = [DEFAULT_SECURITY_GROUP];
    },
    crash: async (identifier) => {
      const instance = get(identifier);
      await instance.cluster.stop('immediate');
      await instance.cluster.start();
      context.events.emit('RDS-EVENT-0006', instance);
    },
    removeWalSegment: (identifier, which) => {
      const instance = get(identifier);
      const name = chooseSegment(instance, which);
      rmSync(join(instance.archive.directory, name));
      return name;
    },
    corruptWalSegment: (identifier, which = 'middle') => {
      const instance = get(identifier);
      const name = chooseSegment(instance, which);
      flipByte(join(instance.archive.directory, name), WAL_SEGMENT_BYTES / 2);
      return name;
    },
    damageCopies: (sql) => {
      context.copyDamage.push(sql);
    },
    damageCopyPages: (name) => {
      context.copyPages.push(name);
    },
    alter: (identifier, change) => alterInstance(get(identifier), change),
    corruptHeapPage: (identifier, table) => corruptHeapPage(get(identifier), table),
    corruptIndexPage: (identifier, index) => corruptIndexPage(get(identifier), index),
    nextRestore: context.nextRestore,
    outgrow: (identifier) => {
      const instance = get(identifier);
      instance.saturatedClass = instance.attributes.DBInstanceClass ?? '';
    },
    putInto: (identifier, status) => {
      get(identifier).status = status;
    },
  };
}

function chooseSegment(instance: DbInstance, which: SegmentChoice): string {
  if (typeof which === 'object') return which.name;
  const { archive, backups } = instance;
  const manifest = backups.at(-1)?.manifest;
  const segments = manifest
    ? archive.segmentsFor(
        { timeline: manifest.timeline, position: manifest.startPosition },
        archive.coveredUntil ?? '',
      )
    : [];
  const index = { first: 0, middle: Math.floor(segments.length / 2), last: segments.length - 1 }[which];
  const name = segments[index];
  if (!name) throw new NoWalSegment(`${instance.identifier} has no WAL in its archive`);
  return name;
}

function flipByte(file: string, position: number): void {
  const handle = openSync(file, 'r+');
  try {
    const byte = Buffer.alloc(1);
    readSync(handle, byte, 0, 1, position);
    byte.writeUInt8(byte.readUInt8(0) ^ 0xff);
    writeSync(handle, byte, 0, 1, position);
  } finally {
    closeSync(handle);
  }
}
