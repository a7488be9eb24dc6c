import { z } from 'zod';
import { EmergencyContact, Team } from '../../shared/communication/contact.ts';
import { DatabaseKind } from '../../shared/database/database-kind.ts';
import { ChangePolicy } from '../../shared/database/instance-change.ts';
import type { PlatformData } from '../../shared/database/platform-data.ts';
import { SessionPolicy } from '../../shared/database/session-policy.ts';
import { DecimalText } from '../../shared/exchange/decimal-text.ts';
import { Approver } from '../../shared/incident/approver.ts';
import { Severity } from '../../shared/incident/severity.ts';

/** RDS allows 63 characters, and the fifth copy beside the source is called `<identifier>-restored-<8 hex digits>-5`. */
const MAX_IDENTIFIER_LENGTH = 63 - '-restored-00000000-5'.length;

const REGION = /^[a-z]{2}(-[a-z]+)+-\d$/;

const awsId = (prefix: string) =>
  z
    .string()
    .regex(
      new RegExp(`^${prefix}-([0-9a-f]{8}|[0-9a-f]{17})$`),
      `must look like ${prefix}-0123456789abcdef0`,
    );
const arnOf = (service: string) =>
  z
    .string()
    .regex(
      new RegExp(`^arn:aws[a-z-]*:${service}:[^:]*:\\d{12}:.+$`),
      `must be the ARN of an ${service} resource`,
    );
const port = z.int().min(1).max(65535);
const healthUrl = z.url({ protocol: /^https?$/, error: 'must be an http or https address' });

const proxyIdentifier = z
  .string()
  .regex(/^[a-zA-Z](-?[a-zA-Z0-9]+)*$/, 'must be an identifier of RDS: letters, digits and single hyphens')
  .max(63);
const rdsArn = (resource: string) => new RegExp(`^arn:aws[a-z-]*:rds:[^:]+:\\d{12}:${resource}[0-9a-z]+$`);

const exchangeName = z.string().regex(/^[a-z0-9-]{1,32}$/, 'must be a lower-case name');
const roleName = z.string().regex(/^[a-z_][a-z0-9_]{0,62}$/, 'must be a plain lower-case PostgreSQL name');

/** How a proven copy takes over. */
const CutOver = z.discriminatedUnion(
  'by',
  [
    /** Clients know the database by its identifier, which the copy takes over. */
    z.strictObject({ by: z.literal('rename') }),
    /** Clients go through an RDS Proxy, whose target is swapped; the identifier goes over to the copy as well. */
    z.strictObject({
      by: z.literal('proxy'),
      proxyName: proxyIdentifier,
      /** `aws rds describe-db-proxies`: its id is known to RDS alone. */
      proxyArn: z
        .string()
        .regex(rdsArn('db-proxy:prx-'), 'must be the ARN of an RDS proxy, arn:aws:rds:...:db-proxy:prx-...'),
      /** A proxy has this one, and with it one target. */
      targetGroup: proxyIdentifier.default('default'),
      /** `aws rds describe-db-proxy-target-groups`. */
      targetGroupArn: z
        .string()
        .regex(
          rdsArn('target-group:prx-tg-'),
          'must be the ARN of a target group, arn:aws:rds:...:target-group:prx-tg-...',
        ),
      /** The endpoint of the proxy, which clients know. */
      host: z.hostname(),
      port: port.default(5432),
      /** Group of the proxy, which must let the recovery in. */
      securityGroupId: awsId('sg'),
    }),
  ],
  { error: 'must be { "by": "rename" } or { "by": "proxy", ... }' },
);

/** RDS for PostgreSQL as it is, and the user that the recovery signs in as. */
const Database = z.strictObject({
  /** One DB instance, or an Aurora cluster; the identifier, endpoint and groups below are those of either. */
  kind: DatabaseKind.default('instance'),
  identifier: z
    .string()
    .regex(
      /^[a-z](-?[a-z0-9])*$/,
      'must be a DB instance identifier: lower-case letters, digits and single hyphens',
    )
    .max(MAX_IDENTIFIER_LENGTH),
  /** The instance's endpoint, which stays with the identifier when a copy takes its name. */
  host: z.hostname(),
  port: port.default(5432),
  name: z.string().min(1).max(63),
  /** Made by docs/database-user.sql; signs in by IAM. */
  user: roleName,
  /** Made by docs/database-user.sql as well: stands where an application stands, so that a fence can be tried. */
  fenceProbeUser: roleName,
  /** Made by docs/database-user.sql as well; may insert and update, for salvage alone. */
  salvageUser: roleName.default('testudo_salvage'),
  securityGroupId: awsId('sg'),
  cutOver: CutOver.prefault({ by: 'rename' }),
  /** Groups that the instance uses; a restored copy may be given these and no other. */
  subnetGroup: z.string().min(1),
  parameterGroup: z.string().min(1),
  /** The parameter group of an Aurora cluster, beside that of its members. */
  clusterParameterGroup: z.string().min(1).optional(),
  optionGroup: z.string().min(1),
  /** Customer key of the storage, if it has one. */
  kmsKeyArn: arnOf('kms').optional(),
  /** Role of Enhanced Monitoring, if it is on. */
  monitoringRoleArn: arnOf('iam').optional(),
  /** Secrets of the users that the platform signs in with, so that a restored copy is proven to let them in. */
  applicationSecrets: z
    .array(
      z.strictObject({
        secretArn: arnOf('secretsmanager'),
        /** Customer key of the secret, if it has one. */
        kmsKeyArn: arnOf('kms').optional(),
      }),
    )
    .max(10)
    .default([]),
  /** Names of the read replicas in the region, which may be promoted in the place of an instance that is lost. */
  replicas: z
    .array(
      z
        .string()
        .regex(
          /^[a-z](-?[a-z0-9])*$/,
          'must be a DB instance identifier: lower-case letters, digits and single hyphens',
        )
        .max(MAX_IDENTIFIER_LENGTH),
    )
    .max(15)
    .default([]),
  /** PEM file of an authority beside those of RDS; left out of the deployment while the file does not exist. */
  certificateAuthorityFile: z.string().min(1).optional(),
});

/** The network of the database, which the functions that read it join. */
const Network = z.strictObject({
  vpcId: awsId('vpc'),
  /** Private subnets with a way to the database. */
  subnets: z
    .array(
      z.strictObject({
        id: awsId('subnet'),
        availabilityZone: z.string().regex(/^[a-z]{2}(-[a-z]+)+-\d[a-z]$/, 'must look like eu-central-1a'),
        routeTableId: awsId('rtb'),
      }),
    )
    .min(1),
  /** AWS-managed prefix lists of the two services that have free gateway endpoints. */
  prefixLists: z.strictObject({ s3: awsId('pl'), dynamodb: awsId('pl') }),
  /** False where the route tables lead to gateway endpoints of S3 and DynamoDB already: a second one is refused by AWS. */
  createGatewayEndpoints: z.boolean(),
});

const Approval = z.strictObject({
  approvers: z.array(Approver).min(2),
  required: z.int().min(2).default(2),
  /** After this long without agreement trading stays halted and people are paged again. */
  windowSeconds: z.int().min(300).max(86_400),
});

/** What is offered of the time after a restore point, and how long people have to decide on it. */
const Salvage = z.strictObject({
  /** Silence for this long means no; trading stays halted meanwhile. */
  windowSeconds: z.int().min(60).max(3600).default(300),
  /** More changed rows than this are left to people. */
  rowLimit: z.int().min(1).max(100_000).default(20_000),
  /** A transaction that wrote more rows is held for damage. */
  transactionRowLimit: z.int().min(1).max(10_000).default(50),
});

/** Where exchanges report the platform's open positions, and what a difference to the database leads to. */
const ExchangePositions = z.strictObject({
  /** Address by exchange; none: nothing is compared. */
  urls: z.record(exchangeName, healthUrl).default({}),
  /** By symbol: a difference up to this needs nobody. Every other symbol must be exactly equal. */
  tolerances: z.record(z.string().min(1).max(64), DecimalText).default({}),
  /** `ask`: whoever approves has the differences before him. `halt`: nobody is asked until both sides are equal. */
  onDifference: z.enum(['ask', 'halt']).default('ask'),
});

/** Whether people are asked before a restore begins. */
const RestorePoint = z.strictObject({
  /** How long an approver may accept the found point or give another; 0: nobody is asked. RDS uploads its logs meanwhile. */
  windowSeconds: z
    .int()
    .max(3600)
    .refine((seconds) => seconds === 0 || seconds >= 60, 'must be 0, or 60 to 3600')
    .default(0),
  /** Silence takes the found point: the restore runs beside the database and destroys nothing. */
  onSilence: z.literal('accept').default('accept'),
});

/** How far the instance may be made larger, and who decides on it. */
const InstanceChange = z.strictObject({
  ...ChangePolicy.shape,
  /** Silence for this long means no. */
  windowSeconds: z.int().min(60).max(3600).default(900),
  /** Different people that must agree. */
  required: z.int().min(1).default(1),
});

/** What may be done about a database that is slow, and when it no longer is. */
const Optimization = z.strictObject({
  /** Every probe must be answered within this. SOP P1: "Increased latency (>1 second)". */
  latencyLimitMillis: z.int().min(10).max(10_000).default(1000),
  sessions: SessionPolicy.prefault({}),
  change: InstanceChange.prefault({}),
});

const Api = z.strictObject({
  /** Sustained and burst rate of everything but the halt, which has a rate of its own. */
  requestsPerSecond: z.int().positive().max(10_000),
  burstRequests: z.int().positive().max(5000),
  /** Requests of one address in five minutes; trading services that poll from one address must fit in. */
  requestsPerFiveMinutesPerAddress: z.int().min(100),
  /** API Gateway writes logs with one role for a whole account and region: make it here, or it exists. */
  accountLogsRole: z.enum(['create', 'existing']),
});

/** One deployment: the protected platform, and who decides about it. */
export const Environment = z
  .strictObject({
    account: z.string().regex(/^\d{12}$/, 'must have twelve digits'),
    region: z.string().regex(REGION, 'must look like eu-central-1'),
    /** Prefixes the names of everything that is created. */
    platformName: z
      .string()
      .regex(/^[a-z][a-z0-9-]{1,20}$/, 'must be short, lower-case words joined by hyphens'),
    statusPageUrl: z.url({ protocol: /^https$/, error: 'must be an https address' }),
    supportAddress: z.email(),
    notices: z.strictObject({
      fromAddress: z.email(),
      /** SES identity that may send as `fromAddress`: the address or its domain. */
      sesIdentity: z.string().min(3),
    }),
    database: Database,
    /** JSON file: critical tables, references and invariants. */
    platformDataFile: z.string().min(1),
    network: Network,
    /** Health endpoint of each exchange by name. */
    exchanges: z
      .record(exchangeName, healthUrl)
      .refine((exchanges) => Object.keys(exchanges).length > 0, 'must name at least one exchange'),
    exchangePositions: ExchangePositions.prefault({}),
    riskEngine: z.strictObject({ healthUrl, securityGroupId: awsId('sg') }),
    /** Severity of each alarm of the platform's own that starts the response. */
    alarms: z.record(z.string().min(1).max(255), Severity).default({}),
    team: Team,
    emergencyContacts: z.array(EmergencyContact).min(1),
    approval: Approval,
    restorePoint: RestorePoint.prefault({}),
    salvage: Salvage.prefault({}),
    optimization: Optimization.prefault({}),
    api: Api,
  })
  .superRefine(checkTogether);
export type Environment = z.infer<typeof Environment>;

/** Everything that the stack is made from: an environment with the files that it names. */
export interface Configuration extends Environment {
  readonly environmentName: string;
  readonly platformData: PlatformData;
  /** Content of `database.certificateAuthorityFile`. */
  readonly certificateAuthorityPem: string | undefined;
}

/** What no single key can tell. */
function checkTogether(environment: z.infer<typeof Environment>, context: z.RefinementCtx): void {
  const refuse = (path: PropertyKey[], message: string) =>
    context.addIssue({ code: 'custom', path, message });
  const { approval, notices, network, region, alarms, platformName, database } = environment;
  const { kind, clusterParameterGroup, cutOver } = database;
  if (kind === 'aurora-cluster' && clusterParameterGroup === undefined)
    refuse(['database', 'clusterParameterGroup'], 'must be named where database.kind is aurora-cluster');
  if (kind === 'instance' && clusterParameterGroup !== undefined)
    refuse(['database', 'clusterParameterGroup'], 'means nothing where database.kind is instance');
  if (kind === 'aurora-cluster' && database.replicas.length > 0)
    refuse(
      ['database', 'replicas'],
      'must be empty where database.kind is aurora-cluster: its readers are members of it',
    );
  if (kind === 'aurora-cluster' && cutOver.by === 'proxy')
    refuse(['database', 'cutOver'], 'must be by rename where database.kind is aurora-cluster');
  const people = new Set(approval.approvers.map(({ name }) => name)).size;
  if (people < approval.required) {
    refuse(['approval', 'required'], `asks for ${approval.required} people, but approvers names ${people}`);
  }
  const { required } = environment.optimization.change;
  if (people < required) {
    refuse(
      ['optimization', 'change', 'required'],
      `asks for ${required} people, but approvers names ${people}`,
    );
  }
  const arns = approval.approvers.map(({ arn }) => arn);
  if (new Set(arns).size < arns.length) {
    refuse(['approval', 'approvers'], 'names one ARN twice: one identity is one person');
  }
  if (database.cutOver.by === 'proxy' && database.cutOver.host === database.host) {
    refuse(['database', 'cutOver', 'host'], 'is the host of the database: must be the endpoint of the proxy');
  }
  for (const name of Object.keys(environment.exchangePositions.urls)) {
    if (!Object.hasOwn(environment.exchanges, name))
      refuse(['exchangePositions', 'urls', name], 'is none of the exchanges');
  }
  if (!notices.fromAddress.endsWith(notices.sesIdentity)) {
    refuse(['notices', 'sesIdentity'], `cannot send as ${notices.fromAddress}`);
  }
  network.subnets.forEach(({ availabilityZone }, index) => {
    if (!REGION.test(region) || availabilityZone.slice(0, -1) === region) return;
    refuse(['network', 'subnets', index, 'availabilityZone'], `is not in ${region}`);
  });
  for (const name of Object.keys(alarms).filter((alarm) => alarm.startsWith(`${platformName}-`))) {
    refuse(['alarms', name], `${platformName}-… is kept for the alarms of the recovery itself`);
  }
}
