import { readXml, UnreadableXml, type XmlContent } from './xml-document.ts';

/** What the elements of lists are called in answers of RDS. A list that is missing here is compared all the same, under its longer path. */
const LIST_ITEMS = new Set([
  'member',
  'AdditionalStorageVolume',
  'AvailabilityZone',
  'DBClusterMember',
  'DBClusterRole',
  'DBInstanceAutomatedBackupsReplication',
  'DBInstanceRole',
  'DBInstanceStatusInfo',
  'DBParameterGroup',
  'DBSecurityGroup',
  'DomainMembership',
  'OptionGroupMembership',
  'ProcessorFeature',
  'ReadReplicaDBClusterIdentifier',
  'ReadReplicaDBInstanceIdentifier',
  'ReadReplicaIdentifier',
  'Subnet',
  'Tag',
  'VpcSecurityGroupMembership',
]);

/**
 * The one instance in an answer of DescribeDBInstances, with every field that RDS wrote.
 * @throws {UnreadableXml} when the answer does not hold exactly one.
 */
export function readInstanceAnswer(xml: string): Record<string, unknown> {
  return readOnly(xml, 'DBInstance');
}

/**
 * The one cluster in an answer of DescribeDBClusters.
 * @throws {UnreadableXml} when the answer does not hold exactly one.
 */
export function readClusterAnswer(xml: string): Record<string, unknown> {
  return readOnly(xml, 'DBCluster');
}

function readOnly(xml: string, what: 'DBInstance' | 'DBCluster'): Record<string, unknown> {
  const only = [`Describe${what}sResponse`, `Describe${what}sResult`, `${what}s`, what].reduce<XmlContent>(
    (content, name) => childOf(content, name),
    readXml(xml),
  );
  if (only === null || typeof only !== 'object' || Array.isArray(only))
    throw new UnreadableXml(`${what}s: expected exactly one ${what}`);
  return plain(only) as Record<string, unknown>;
}

function childOf(content: XmlContent, name: string): XmlContent {
  if (content === null || typeof content !== 'object' || Array.isArray(content)) return null;
  return (content as Readonly<Record<string, XmlContent>>)[name] ?? null;
}

/** Lists as lists, without the name of their elements. */
function plain(content: XmlContent): unknown {
  if (content === null || typeof content !== 'object') return content;
  if (Array.isArray(content)) return content.map(plain);
  const entries = Object.entries(content as Readonly<Record<string, XmlContent>>);
  const [only] = entries;
  if (only !== undefined && entries.length === 1 && LIST_ITEMS.has(only[0])) {
    const items = plain(only[1]);
    return Array.isArray(items) ? items : [items];
  }
  return Object.fromEntries(entries.map(([name, value]) => [name, plain(value)]));
}
