import type { ConnectionFacts } from './connection-facts.ts';
import { connectionUsage } from './database-activity.ts';
import { readinessOf } from './readiness.ts';

/** What ends a cause: one of the states of database-recovery, waiting, or people. */
type Healing =
  | 'start-instance'
  | 'restore-security-group'
  | 'end-sessions'
  /** It passes by itself: look again in a minute. */
  | 'wait'
  | 'people';

/** One thing that can keep clients from the database. */
export interface ConnectionCheck {
  /** Name of the cause when the check fails. */
  readonly cause: string;
  readonly healing: Healing;
  /** What people do where no machine heals it, or where its healing did not help. */
  readonly action: string;
  /** False while nothing is known about it, e.g. about slots where nobody gets as far as the sign-in. */
  readonly known: (facts: ConnectionFacts) => boolean;
  /** What is wrong; undefined when nothing is. */
  readonly find: (facts: ConnectionFacts) => string | undefined;
}

/** From here on ordinary users get no connection soon. */
const EXHAUSTED_USAGE = 0.95;
/** SQLSTATE: too many connections. */
const TOO_MANY_CONNECTIONS = '53300';

const always = () => true;
const statusIs =
  (pattern: RegExp) =>
  ({ instance }: ConnectionFacts) =>
    pattern.test(instance.status) ? `RDS says ${instance.status}` : undefined;
const faultIs =
  (stages: string, codes: RegExp) =>
  ({ endpoint: { fault } }: ConnectionFacts) =>
    fault !== null && stages.includes(fault.stage) && codes.test(fault.code)
      ? `${fault.stage}: ${fault.message || fault.code}`
      : undefined;
const reachedServer = ({ endpoint: { fault } }: ConnectionFacts) =>
  fault === null || fault.stage === 'tls' || fault.stage === 'sign-in';
const reachedSignIn = ({ endpoint: { fault } }: ConnectionFacts) =>
  fault === null || fault.stage === 'sign-in';

/**
 * SOP `database_connection_restore`: every cause of a lost connection that is looked for, by precedence: what RDS says of the instance
 * explains what the network finds, and what the network finds explains what the sign-in does.
 */
export const CONNECTION_CHECKS: readonly ConnectionCheck[] = [
  {
    cause: 'instance-fenced',
    healing: 'people',
    action:
      'A cut-over has moved the database into quarantine and has not been undone: look at the journal of the cut-over and at both instances before clients are let in again',
    known: always,
    find: ({ instance: { securityGroupIds, quarantineSecurityGroupId } }) =>
      securityGroupIds.includes(quarantineSecurityGroupId)
        ? `the instance is in the quarantine group ${quarantineSecurityGroupId}`
        : undefined,
  },
  {
    cause: 'instance-stopped',
    healing: 'start-instance',
    action: 'Start the instance in the RDS console and find out who stopped it',
    known: always,
    find: statusIs(/^stopp(ed|ing)$/),
  },
  {
    cause: 'storage-full',
    healing: 'people',
    action:
      'Enlarge the storage: aws rds modify-db-instance --allocated-storage <GiB> --apply-immediately; it cannot be made smaller again, so a person decides',
    known: always,
    find: statusIs(/^storage-full$/),
  },
  {
    cause: 'instance-failed',
    healing: 'people',
    action:
      'RDS does not bring this instance back: read its events, repair what they name (key, parameters, network), or restore with branch point-in-time-restore',
    known: always,
    find: (facts) => (readinessOf(facts.instance.status) === 'failed' ? statusIs(/./)(facts) : undefined),
  },
  {
    cause: 'instance-changing',
    healing: 'wait',
    action: 'RDS changes the instance for too long: look at its events in the RDS console',
    known: always,
    find: (facts) =>
      facts.endpoint.fault !== null && readinessOf(facts.instance.status) === 'pending'
        ? statusIs(/./)(facts)
        : undefined,
  },
  {
    cause: 'security-group-lost',
    healing: 'restore-security-group',
    action: 'Give the instance the configured security group again in the RDS console',
    known: always,
    find: ({ instance: { securityGroupIds, configuredSecurityGroupId } }) =>
      securityGroupIds.includes(configuredSecurityGroupId)
        ? undefined
        : `the instance lacks ${configuredSecurityGroupId} and has ${securityGroupIds.join(', ') || 'no group'}`,
  },
  {
    cause: 'name-not-resolved',
    healing: 'people',
    action:
      'The name of the endpoint has no address: compare it with the endpoint in the RDS console, and look at the resolver of the VPC (enableDnsSupport, DHCP options, private zones)',
    known: always,
    find: faultIs('name', /./),
  },
  {
    cause: 'server-unreachable',
    healing: 'people',
    action:
      'Packets get no answer although the configured group is attached: look at its inbound rules for the port, at network ACLs and at route tables; opening a network is for people',
    known: ({ endpoint: { fault } }) => fault?.stage !== 'name',
    find: faultIs('tcp tls sign-in', /^(ETIMEDOUT|EHOSTUNREACH|ENETUNREACH)$/),
  },
  {
    cause: 'server-down',
    healing: 'wait',
    action:
      'RDS says that the instance runs, and its server refuses everybody: read the server log; aws rds reboot-db-instance (with --force-failover if it has a standby), or restore with branch point-in-time-restore',
    known: ({ endpoint: { fault } }) => fault?.stage !== 'name',
    find: faultIs('tcp tls sign-in', /^(ECONNREFUSED|ECONNRESET|EPIPE)$/),
  },
  {
    cause: 'server-starting',
    healing: 'wait',
    action:
      'The server starts or replays its log for too long: read the server log; do not reboot it meanwhile',
    known: reachedSignIn,
    find: faultIs('sign-in', /^57P0/),
  },
  {
    cause: 'certificate-refused',
    healing: 'people',
    action:
      'Clients that verify refuse the certificate: rotate it (aws rds modify-db-instance --ca-certificate-identifier, which may restart the server) or give clients the current bundle of RDS',
    known: ({ endpoint }) => endpoint.certificate !== null,
    find: ({ endpoint: { certificate } }) =>
      certificate === null || certificate.trustFault === null
        ? undefined
        : `${certificate.trustFault}, valid until ${certificate.validTo}`,
  },
  {
    cause: 'encryption-fails',
    healing: 'people',
    action: 'No encrypted connection can be made: read the server log and the parameter rds.force_ssl',
    known: reachedServer,
    find: faultIs('tls', /./),
  },
  {
    cause: 'slots-exhausted',
    healing: 'end-sessions',
    action:
      'End the sessions that hold the slots, find the service that leaks them, and put a pooler in front',
    known: reachedSignIn,
    find: (facts) => {
      const { activity } = facts.endpoint;
      if (activity !== null && connectionUsage(activity) >= EXHAUSTED_USAGE)
        return `${activity.takenSlots} of ${activity.ordinarySlots} ordinary slots are taken`;
      return faultIs('sign-in', new RegExp(`^${TOO_MANY_CONNECTIONS}$`))(facts);
    },
  },
  {
    cause: 'token-refused',
    healing: 'people',
    action:
      'The recovery cannot sign in by IAM: enable IAM authentication of the instance, and run docs/database-user.sql as its master user',
    known: reachedSignIn,
    find: (facts) => {
      const refused = faultIs('sign-in', /^28/)(facts);
      if (refused === undefined || facts.instance.iamAuthentication) return refused;
      return `${refused}; IAM authentication of the instance is off`;
    },
  },
  {
    cause: 'read-only',
    healing: 'people',
    action: 'The endpoint leads to a standby: find out where the primary is; promote or fail over by hand',
    known: ({ endpoint }) => endpoint.inRecovery !== null,
    find: ({ endpoint }) =>
      endpoint.inRecovery === true ? 'the server replays a log and takes no writes' : undefined,
  },
  {
    cause: 'unexplained',
    healing: 'people',
    action: 'No check explains it: read the message, the server log and the events of the instance',
    known: always,
    find: faultIs('name tcp tls sign-in', /./),
  },
];
