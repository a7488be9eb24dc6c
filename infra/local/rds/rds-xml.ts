const NAMESPACE = 'http://rds.amazonaws.com/doc/2014-10-31/';

/** What an element of a list is called on the wire; the SDK looks for exactly these names. */
const ITEM_NAMES: Readonly<Record<string, string>> = {
  AccountQuotas: 'AccountQuota',
  AvailabilityZones: 'AvailabilityZone',
  DBClusterMembers: 'DBClusterMember',
  DBClusters: 'DBCluster',
  DBInstances: 'DBInstance',
  DBInstanceAutomatedBackups: 'DBInstanceAutomatedBackup',
  DBParameterGroups: 'DBParameterGroup',
  DBSecurityGroups: 'DBSecurityGroup',
  DBSnapshots: 'DBSnapshot',
  DescribeDBLogFiles: 'DescribeDBLogFilesDetails',
  EventCategories: 'EventCategory',
  Events: 'Event',
  OptionGroupMemberships: 'OptionGroupMembership',
  Parameters: 'Parameter',
  ReadReplicaDBInstanceIdentifiers: 'ReadReplicaDBInstanceIdentifier',
  StatusInfos: 'DBInstanceStatusInfo',
  Subnets: 'Subnet',
  TagList: 'Tag',
  VpcSecurityGroups: 'VpcSecurityGroupMembership',
};

/** The body of a successful answer. */
export function successBody(action: string, result: object, requestId: string): string {
  return (
    `<${action}Response xmlns="${NAMESPACE}"><${action}Result>${children(result)}</${action}Result>` +
    `<ResponseMetadata><RequestId>${requestId}</RequestId></ResponseMetadata></${action}Response>`
  );
}

/** The body of a refusal. */
export function errorBody(
  code: string,
  message: string,
  fault: 'Sender' | 'Receiver',
  requestId: string,
): string {
  const error = { Type: fault, Code: code, Message: message };
  return (
    `<ErrorResponse xmlns="${NAMESPACE}">${element('Error', error)}` +
    `<RequestId>${requestId}</RequestId></ErrorResponse>`
  );
}

function element(name: string, value: unknown): string {
  if (value === undefined || value === null) return '';
  return `<${name}>${content(name, value)}</${name}>`;
}

function content(name: string, value: unknown): string {
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value)) {
    return value.map((item) => element(ITEM_NAMES[name] ?? 'member', item)).join('');
  }
  if (typeof value === 'object' && value !== null) return children(value);
  return escapeText(String(value));
}

function children(value: object): string {
  return Object.entries(value)
    .map(([name, child]) => element(name, child))
    .join('');
}

function escapeText(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('\r', '&#xD;')
    .replace(/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, '?');
}
