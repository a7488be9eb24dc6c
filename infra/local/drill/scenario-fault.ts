import { z } from 'zod';
import { KEY_STATES } from '../kms/kms.ts';
import { healthFailures } from '../platform/health-server.ts';
import { INSTANCE_CHANGES } from '../rds/alter-instance.ts';
import { TERMINAL_STATUSES } from '../rds/instance.ts';
import { Duration } from './duration.ts';

const HealthFailure = z.enum(healthFailures);

/** An error of AWS, or what can happen to a connection. */
const AwsFault = z.strictObject({
  /** Name in the credential scope of a request, e.g. `rds`, `dynamodb`, `states`. */
  service: z.string().min(1),
  /** E.g. `RestoreDBInstanceToPointInTime`. */
  operation: z.string().min(1),
  /** Only calls of this step, e.g. `RenameRestored`; of anybody when absent. */
  caller: z
    .string()
    .regex(/^[A-Z][A-Za-z]+$/, 'must be the name of a step, e.g. RenameRestored')
    .optional(),
  /** Name of the error, or `connection-reset`, or `timeout`. */
  error: z.string().min(1),
  /** HTTP status of the error. */
  status: z.int().min(400).max(599).default(500),
  times: z.int().min(1).max(1000).default(1),
  /** `before`: the call does not take effect. `after`: it does, and only its answer is lost. */
  when: z.enum(['before', 'after']).default('before'),
});

/** Something happens to the restored copy before it takes over. */
const CopySettingsFault = z.strictObject({
  /** When this state is entered, e.g. `VerifyRestoredDatabase`. */
  at: z.string().regex(/^[A-Z][A-Za-z]+$/, 'must be the name of a state, e.g. VerifyRestoredDatabase'),
  /** What the copy loses: it then has the default of RDS. */
  loses: z.array(z.enum(INSTANCE_CHANGES)).min(1),
});

/** Somebody stops an execution of Step Functions, or the service loses it. */
const ExecutionStopped = z.strictObject({
  /** The first execution that enters this state, e.g. `AwaitSourceRename`. */
  at: z.string().regex(/^[A-Z][A-Za-z]+$/, 'must be the name of a state, e.g. AwaitSourceRename'),
});

/** What can break, by kind. */
const faultKinds = {
  /** Runs on the live database with all rights, as a migration would. */
  sql: z.string().min(1),
  /**
   * `stop`: PostgreSQL is shut down. `crash`: it dies. `slow`: a report holds locks and runs for minutes. `settlement`: so does the
   * settlement run, which the policy of the laptop protects. `too-small`: the work has outgrown the class of the instance. `connections`: sessions
   * that do nothing take every ordinary slot. `pages`: a page of the trades is damaged on disk. `instance-stopped`: somebody stops the
   * instance in RDS. `storage-lost`: its volume is gone, and RDS says `failed`. `security-group-lost`: somebody takes it out of its security groups. `password-rotated`:
   * the trading services get a new password, in the database and in their secret.
   */
  database: z.enum([
    'stop',
    'crash',
    'slow',
    'settlement',
    'too-small',
    'connections',
    'pages',
    'instance-stopped',
    'storage-lost',
    'security-group-lost',
    'password-rotated',
  ]),
  /** The first segment that every restore needs is gone from the archive of WAL (`missing`), or a byte of it has changed (`corrupt`). */
  wal: z.enum(['missing', 'corrupt']),
  /** SQL that runs with all rights on each restored copy before anybody sees it: what a bad backup would hold. */
  copy: z.string().min(1),
  /** A page of this table or index is damaged on disk on each restored copy before anybody sees it. */
  copyPage: z.string().regex(/^[a-z_][a-z0-9_]*$/, 'must be the name of a table or index'),
  /** How a venue fails. */
  exchange: z.strictObject({ name: z.string().min(1), fails: HealthFailure }),
  riskEngine: HealthFailure,
  /** `lost`: no event of RDS reaches EventBridge any more; `disordered`: they come late, twice and in the wrong order. RDS promises neither. */
  rdsEvents: z.enum(['lost', 'disordered']),
  /** What somebody does to the key of the storage. */
  storageKey: z.enum(KEY_STATES),
  aws: AwsFault,
  copySettings: CopySettingsFault,
  executionStopped: ExecutionStopped,
  /** What becomes of the next copy: its parameter group waits for a restart, or it ends in a state that RDS does not leave. */
  nextCopy: z.enum(['pending-reboot', ...TERMINAL_STATUSES]),
} as const;

const kinds = Object.keys(faultKinds);

/** One thing that breaks, and when (counted from the moment at which trading has begun). */
export const Fault = z
  .strictObject({
    after: Duration.prefault('0s'),
    sql: faultKinds.sql.optional(),
    database: faultKinds.database.optional(),
    wal: faultKinds.wal.optional(),
    copy: faultKinds.copy.optional(),
    copyPage: faultKinds.copyPage.optional(),
    exchange: faultKinds.exchange.optional(),
    riskEngine: faultKinds.riskEngine.optional(),
    rdsEvents: faultKinds.rdsEvents.optional(),
    storageKey: faultKinds.storageKey.optional(),
    aws: faultKinds.aws.optional(),
    copySettings: faultKinds.copySettings.optional(),
    executionStopped: faultKinds.executionStopped.optional(),
    nextCopy: faultKinds.nextCopy.optional(),
  })
  .check(({ value, issues }) => {
    const named = kinds.filter((kind) => value[kind as keyof typeof value] !== undefined);
    if (named.length !== 1) {
      issues.push({
        code: 'custom',
        input: value,
        message: `must name exactly one of ${kinds.join(', ')}${named.length > 1 ? `, not ${named.join(' and ')}` : ''}`,
      });
    }
  });
