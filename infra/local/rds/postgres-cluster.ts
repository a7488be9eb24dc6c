import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { Client, type ClientConfig } from 'pg';
import type { PostgresBinaries } from './postgres-binaries.ts';
import { PostgresProcess, type StopMode } from './postgres-process.ts';
import {
  clientAuthentication,
  postgresConfiguration,
  RDS_ADMIN,
  renderSettings,
  WAL_SEGMENT_MEBIBYTES,
} from './postgres-settings.ts';
import { giveTo, type ServerAccount } from './server-account.ts';

const runFile = promisify(execFile);
const START_DEADLINE_MILLIS = 30_000;
const RECOVERY_SETTINGS_FILE = 'point-in-time-recovery.conf';

/** The programs and the account that every cluster of one machine shares. */
export interface PostgresHost {
  binaries: PostgresBinaries;
  account: ServerAccount | undefined;
  /** Database users whose sign-in the endpoint has already checked. */
  iamUsers?: readonly string[];
}

/** Where one cluster keeps its files, and with which settings it runs. */
export interface ClusterLayout {
  /** Directory of everything that belongs to the cluster. */
  directory: string;
  /** Directory of its Unix socket; short, because a socket's path has at most about a hundred characters. */
  socketDirectory: string;
  /** Password of the internal administrator. */
  adminPassword: string;
  /** Values of the parameter group. */
  parameters: Readonly<Record<string, string>>;
}

/** PostgreSQL ended, or did not get ready in time; the message carries its last words. */
export class PostgresDidNotStart extends Error {
  override readonly name = 'PostgresDidNotStart';
}

/** One PostgreSQL cluster on this machine: its files, its process, and the way in. */
export class PostgresCluster {
  readonly #host: PostgresHost;
  readonly #layout: ClusterLayout;
  readonly #logFile: string;
  #parameters: Readonly<Record<string, string>>;
  #process: PostgresProcess | undefined;
  #pidBefore: string | undefined;

  /**
   * @param layout its directories; they are created.
   * @param now names the log file, as RDS does, by the hour in which it begins.
   */
  constructor(host: PostgresHost, layout: ClusterLayout, now: Date) {
    this.#host = host;
    this.#layout = layout;
    this.#parameters = layout.parameters;
    const hour = now.toISOString().slice(0, 13).replace('T', '-');
    this.#logFile = join(layout.directory, 'log', `postgresql.log.${hour}`);
    for (const directory of [
      layout.directory,
      layout.socketDirectory,
      this.archiveDirectory,
      this.logDirectory,
    ]) {
      mkdirSync(directory, { recursive: true, mode: 0o700 });
      giveTo(host.account, directory);
    }
  }

  /** PGDATA. */
  get dataDirectory(): string {
    return join(this.#layout.directory, 'data');
  }

  /** This cluster's own WAL archive. */
  get archiveDirectory(): string {
    return join(this.#layout.directory, 'archive');
  }

  /** Directory of the server's log files. */
  get logDirectory(): string {
    return join(this.#layout.directory, 'log');
  }

  /** The log file that the server writes to. */
  get logFile(): string {
    return this.#logFile;
  }

  /** Path of the Unix socket. */
  get socketPath(): string {
    return join(this.#layout.socketDirectory, '.s.PGSQL.5432');
  }

  /** The settings of the parameter group that the configuration file holds. */
  get parameters(): Readonly<Record<string, string>> {
    return this.#parameters;
  }

  /** Whether the server process is alive. */
  get running(): boolean {
    return this.#process?.running ?? false;
  }

  /** Creates an empty cluster with page checksums, UTF-8 and the internal administrator. */
  async initialise(): Promise<void> {
    const passwordFile = join(this.#layout.directory, `password-${randomBytes(4).toString('hex')}`);
    writeFileSync(passwordFile, this.#layout.adminPassword, { mode: 0o600 });
    giveTo(this.#host.account, passwordFile);
    await runFile(
      this.#host.binaries.initdb,
      [
        ...['-D', this.dataDirectory, '-U', RDS_ADMIN, `--pwfile=${passwordFile}`],
        ...[
          '--data-checksums',
          '-E',
          'UTF8',
          '--locale=C.UTF-8',
          '--auth=scram-sha-256',
          '--no-instructions',
        ],
        // Files of a cluster that nobody has used yet need not survive a power cut.
        ...[`--wal-segsize=${WAL_SEGMENT_MEBIBYTES}`, '--no-sync'],
      ],
      { ...this.#host.account, cwd: '/' },
    );
    this.configure(this.#layout.parameters);
  }

  /** Writes the configuration; it takes effect at the next start. */
  configure(parameters: Readonly<Record<string, string>>): void {
    this.#parameters = parameters;
    const settings = postgresConfiguration({
      socketDirectory: this.#layout.socketDirectory,
      archiveDirectory: this.archiveDirectory,
      parameters,
    });
    this.#write('postgresql.conf', `${settings}include_if_exists = '${RECOVERY_SETTINGS_FILE}'\n`);
    this.#write('postgresql.auto.conf', '');
    this.#write('pg_hba.conf', clientAuthentication(this.#host.iamUsers ?? []));
  }

  /** Makes the next start a recovery with these settings; `undefined` ends that. */
  configureRecovery(settings: Readonly<Record<string, string>> | undefined): void {
    this.#write(RECOVERY_SETTINGS_FILE, settings ? renderSettings(settings) : '');
    if (settings) this.#write('recovery.signal', '');
  }

  /** Makes each start from now on that of a standby with these settings, until it is promoted. */
  configureStandby(settings: Readonly<Record<string, string>>): void {
    this.#write(RECOVERY_SETTINGS_FILE, renderSettings(settings));
    this.#write('standby.signal', '');
  }

  /**
   * Starts the server and waits until it accepts connections (read-only ones, while it recovers).
   *
   * @throws {PostgresDidNotStart} when it ends or is not ready within 30 s.
   */
  async start(): Promise<void> {
    const server = this.spawn();
    const deadline = Date.now() + START_DEADLINE_MILLIS;
    while (!this.acceptsConnections()) {
      if (!server.running || Date.now() > deadline) {
        await server.stop('immediate');
        throw new PostgresDidNotStart(`PostgreSQL did not start: ${this.lastFatalMessage()}`);
      }
      await delay(5);
    }
  }

  /** Starts the server without waiting for it. */
  spawn(): PostgresProcess {
    const { binaries, account } = this.#host;
    this.#pidBefore = this.#pidFileLines()[0];
    this.#process = PostgresProcess.start(binaries.postgres, this.dataDirectory, this.#logFile, account);
    return this.#process;
  }

  /** Stops the server, if it runs, and waits until it has ended. */
  async stop(mode: StopMode): Promise<void> {
    if (this.#process?.running) await this.#process.stop(mode);
  }

  /**
   * Whether the server says that it takes connections. It writes so into its pid file, which costs less to ask
   * than a connection.
   */
  acceptsConnections(): boolean {
    if (!this.running) return false;
    const lines = this.#pidFileLines();
    // A server that was killed leaves its file behind.
    if (lines[0] === this.#pidBefore) return false;
    const state = lines[7]?.trim();
    return state === 'ready' || state === 'standby';
  }

  /** Length of the log, to be given to `logSince`. */
  logLength(): number {
    return existsSync(this.#logFile) ? statSync(this.#logFile).size : 0;
  }

  /** What the server has logged since the log had this length. */
  logSince(length: number): string {
    return existsSync(this.#logFile) ? readFileSync(this.#logFile).subarray(length).toString('utf8') : '';
  }

  /** The last reason that the server itself, not a session, gave for ending; else its last words. */
  lastFatalMessage(sinceLogLength = 0): string {
    const lines = this.logSince(sinceLogLength).trimEnd().split('\n');
    const fatal = lines.findLast((line) => /::@:\[\d+\]:(FATAL|PANIC): /.test(line)) ?? lines.at(-1) ?? '';
    return fatal.replace(/^.*?:(FATAL|PANIC|LOG): +/, '');
  }

  /** How to connect as the internal administrator, past the endpoint and its rules. */
  adminConnection(database: string = RDS_ADMIN): ClientConfig {
    return {
      host: this.#layout.socketDirectory,
      port: 5432,
      user: RDS_ADMIN,
      password: this.#layout.adminPassword,
      database,
    };
  }

  /** Runs `work` on a connection of the internal administrator, and closes it. */
  async withAdmin<T>(work: (client: Client) => Promise<T>, database: string = RDS_ADMIN): Promise<T> {
    const client = new Client({ ...this.adminConnection(database), application_name: 'rdsadmin' });
    // A server that is stopped under an idle connection is reported by the next query.
    client.on('error', () => undefined);
    await client.connect();
    try {
      return await work(client);
    } finally {
      await client.end();
    }
  }

  #pidFileLines(): string[] {
    const pidFile = join(this.dataDirectory, 'postmaster.pid');
    return existsSync(pidFile) ? readFileSync(pidFile, 'utf8').split('\n') : [];
  }

  #write(file: string, content: string): void {
    const path = join(this.dataDirectory, file);
    writeFileSync(path, content, { mode: 0o600 });
    giveTo(this.#host.account, path);
  }
}
