import { join } from 'node:path';
import { takeBaseBackup } from './base-backup.ts';
import type { RdsEvents } from './events.ts';
import type { DbInstance } from './instance.ts';
import { uploadLogs } from './log-upload.ts';
import { SerialQueue } from './serial-queue.ts';
import type { ServerAccount } from './server-account.ts';

/** Base backups and log uploads of all instances: what makes a moment restorable. */
export class AutomatedBackups {
  readonly #uploadIntervalMillis: number;
  readonly #account: ServerAccount | undefined;
  readonly #events: RdsEvents;
  readonly #queues = new Map<string, SerialQueue>();
  readonly #timers = new Map<string, NodeJS.Timeout>();
  #stopped = false;

  constructor(uploadIntervalMillis: number, account: ServerAccount | undefined, events: RdsEvents) {
    this.#uploadIntervalMillis = uploadIntervalMillis;
    this.#account = account;
    this.#events = events;
  }

  /**
   * Takes a base backup and uploads the logs up to it; from its end on, moments are restorable. Uploads go on from
   * there at the fixed interval.
   */
  async take(instance: DbInstance): Promise<void> {
    this.#events.emit('RDS-EVENT-0001', instance);
    await this.#queue(instance).run(async () => {
      const directory = join(instance.directory, 'backups', String(instance.backups.length + 1));
      const backup = await takeBaseBackup(instance.cluster, directory, this.#account);
      await uploadLogs(instance.cluster, instance.archive);
      instance.backups.push(backup);
    });
    this.#events.emit('RDS-EVENT-0002', instance);
    if (!this.#timers.has(instance.resourceId)) this.#schedule(instance);
  }

  /**
   * Uploads the logs now.
   *
   * @throws {LogUploadFailed} or {WalArchiveDamaged}; restorable time stands still then.
   */
  upload(instance: DbInstance): Promise<string> {
    return this.#queue(instance).run(() => uploadLogs(instance.cluster, instance.archive));
  }

  /** Runs work on an instance's server while no backup and no upload is under way. */
  withoutUploads<T>(instance: DbInstance, work: () => Promise<T>): Promise<T> {
    return this.#queue(instance).run(work);
  }

  /** Ends the uploads of all instances, for good. */
  stop(): void {
    this.#stopped = true;
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
  }

  #schedule(instance: DbInstance): void {
    if (this.#stopped) return;
    const upload = async () => {
      // As in RDS, a failed upload shows only in that LatestRestorableTime stands still.
      if (instance.cluster.running) await this.upload(instance).catch(() => undefined);
      this.#schedule(instance);
    };
    this.#timers.set(instance.resourceId, setTimeout(upload, this.#uploadIntervalMillis));
  }

  #queue(instance: DbInstance): SerialQueue {
    const queue = this.#queues.get(instance.resourceId) ?? new SerialQueue();
    this.#queues.set(instance.resourceId, queue);
    return queue;
  }
}
