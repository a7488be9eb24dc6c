import * as z from 'zod';
import { epochMicros } from '../lambda/timestamp.ts';
import type {
  GrantedSetting,
  RestorableDatabase,
  RestoreNeeds,
  RestoreWindow,
} from './restorable-database.ts';

/** One thing that must hold before RDS is asked to restore. */
export const PreflightCheck = z.object({
  subject: z.enum([
    'source-state',
    'retention',
    'window',
    'identifier',
    'aside-identifier',
    'instance-quota',
    'cluster-quota',
    'storage-quota',
    'storage-key',
    'settings',
    'sign-in',
  ]),
  passed: z.boolean(),
  expected: z.string(),
  found: z.string(),
});
export type PreflightCheck = z.infer<typeof PreflightCheck>;

/** Longest identifier of RDS, and how one is written (RDS API Reference, `TargetDBInstanceIdentifier`). */
const IDENTIFIER = /^(?=.{1,63}$)[a-z](-?[a-z0-9])*$/;

/**
 * States in which RDS has nothing to restore from, or may not read it. Any other state, however bad, leaves the backups readable, and
 * a restore is then the way out.
 */
const UNREADABLE = /^(creating|deleting|restore-error|inaccessible-encryption-credentials(-recoverable)?)$/;

/**
 * The groups, role and key that the permissions of the recovery name; a copy can be given these and no other. No storage key: it is not
 * encrypted, or under a key that AWS manages for RDS.
 */
type GrantedSettings = Readonly<Record<GrantedSetting, string | undefined>>;

/** What the key of the storage says of itself. */
export interface StorageKeyState {
  readonly usable: boolean;
  readonly found: string;
}

/** All that a restore depends on and that can be asked for without changing anything. */
export interface RestoreFacts {
  /** RFC 3339 UTC. */
  readonly restoreTime: string;
  readonly source: RestorableDatabase;
  /** Both ends of what the automated backups can restore; undefined where RDS has no active automated backup. */
  readonly window: RestoreWindow | undefined;
  /** The name for the copy; `problem` when there is none left. */
  readonly target: { readonly identifier: string } | { readonly problem: string };
  /** The name under which the source will be kept; `problem` when there is none left. */
  readonly aside: { readonly identifier: string } | { readonly problem: string };
  readonly needs: RestoreNeeds;
  /** Null where it was not asked: the permissions name no key. */
  readonly storageKey: StorageKeyState | null;
  readonly granted: GrantedSettings;
  /** Configured groups: the one by which the recovery reaches a database, and the one of a fenced database. */
  readonly groups: { readonly database: string; readonly quarantine: string };
}

/** Every rule of the preflight with its outcome, all of them, so that all problems are known at once. */
export function preflightChecks(facts: RestoreFacts): PreflightCheck[] {
  return [
    ...sourceChecks(facts),
    ...windowChecks(facts),
    identifierCheck('identifier', facts.target),
    identifierCheck('aside-identifier', facts.aside),
    ...facts.needs.quotas.map(quotaCheck),
    keyCheck(facts),
    ...settingsChecks(facts),
    ...reachChecks(facts),
  ];
}

/** The failed checks, one sentence each; empty when a restore may be started. */
export function preflightProblems(checks: readonly PreflightCheck[]): string[] {
  return checks
    .filter(({ passed }) => !passed)
    .map(({ subject, expected, found }) => `${subject}: expected ${expected}, found ${found}`);
}

function sourceChecks({ source }: RestoreFacts): PreflightCheck[] {
  const { status, backupRetentionDays: days = 0 } = source;
  return [
    check('source-state', !UNREADABLE.test(status), 'a source with readable backups', `status ${status}`),
    check('retention', days > 0, 'automated backups that are kept', `a retention of ${days} days`),
  ];
}

function windowChecks({ restoreTime, window }: RestoreFacts): PreflightCheck[] {
  if (window === undefined || window.earliest === null || window.latest === null)
    return [check('window', false, 'an active automated backup with both its ends', 'none')];
  const { earliest, latest } = window;
  const at = epochMicros(restoreTime);
  const passed = epochMicros(earliest) <= at && at <= epochMicros(latest);
  return [
    check('window', passed, `a restore point from ${earliest} to ${latest}`, `restoreTime ${restoreTime}`),
  ];
}

function identifierCheck(
  subject: 'identifier' | 'aside-identifier',
  target: RestoreFacts['target'],
): PreflightCheck {
  const expected = 'a free identifier of at most 63 letters, digits and single hyphens';
  return 'problem' in target
    ? check(subject, false, expected, target.problem)
    : check(subject, IDENTIFIER.test(target.identifier), expected, target.identifier);
}

/** A quota that RDS does not tell cannot be held against the restore: RDS itself refuses then, before anything is created. */
function quotaCheck({ subject, needed, unit, told }: RestoreNeeds['quotas'][number]): PreflightCheck {
  const expected = `room for ${needed} ${unit}`;
  if (told === undefined) return check(subject, true, expected, 'no such quota told by RDS');
  return check(subject, told.used + needed <= told.max, expected, `${told.used} of ${told.max} in use`);
}

/** The key under which the source is stored; undefined where its storage is not encrypted. */
export function usedKey({ settings }: RestoreNeeds): string | undefined {
  return settings.find(({ what }) => what === 'storage key')?.name;
}

/** RDS restores under the key of the source, which must be in force; another key than the permissions name fails as a setting. */
function keyCheck({ needs, storageKey }: RestoreFacts): PreflightCheck {
  const expected = 'a storage key that is in force';
  if (storageKey !== null) return check('storage-key', storageKey.usable, expected, storageKey.found);
  const used = usedKey(needs);
  const found =
    used === undefined
      ? 'storage without a key'
      : `${used}, not asked: database.kmsKeyArn names no key, as for one that AWS manages`;
  return check('storage-key', true, expected, found);
}

/** RDS refuses a restore with a group or role that the caller's permissions do not name, and another one would be a copy unlike its source. */
function settingsChecks({ needs, granted }: RestoreFacts): PreflightCheck[] {
  const named = needs.settings
    .filter(({ what }) => what !== 'storage key' || granted[what] !== undefined)
    .map(({ what, name }) =>
      check(
        'settings',
        granted[what] === name,
        `${what} ${granted[what] ?? 'none'}, which the recovery may use`,
        name,
      ),
    );
  return named;
}

/**
 * The copy is set up like its source: where the recovery could not reach or enter the one, it cannot prove the other. A source in
 * quarantine gets its own groups back on the copy.
 */
function reachChecks({ source, groups }: RestoreFacts): PreflightCheck[] {
  const { securityGroupIds: attached, iamAuthentication } = source;
  const reachable = attached.includes(groups.database) || attached.includes(groups.quarantine);
  return [
    check(
      'settings',
      reachable,
      `the security group ${groups.database}, which lets the recovery in, to carry over`,
      attached.join(', ') || 'no security groups',
    ),
    check(
      'sign-in',
      iamAuthentication,
      'IAM database authentication, by which the recovery signs in',
      iamAuthentication ? 'on' : 'off',
    ),
  ];
}

function check(
  subject: PreflightCheck['subject'],
  passed: boolean,
  expected: string,
  found: string,
): PreflightCheck {
  return { subject, passed, expected, found };
}
