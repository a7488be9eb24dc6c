import { Stack } from 'aws-cdk-lib';
import {
  type CfnSecurityGroup,
  GatewayVpcEndpointAwsService,
  type IVpc,
  Peer,
  Port,
  SecurityGroup,
  Vpc,
} from 'aws-cdk-lib/aws-ec2';
import { Construct } from 'constructs';
import type { Configuration } from './configuration.ts';

/**
 * Where the functions that read the database run: its own private subnets, with a way to the database, the risk
 * engine, DynamoDB and S3, and to nothing else. No interface endpoint and no NAT gateway is needed.
 */
export class Network extends Construct {
  readonly vpc: IVpc;
  readonly functionsSecurityGroup: SecurityGroup;
  /** The replaced database moves into this group: nobody but the recovery can reach it there. */
  readonly quarantineSecurityGroup: SecurityGroup;

  constructor(scope: Construct, id: string, configuration: Configuration) {
    super(scope, id);
    const { network, database, riskEngine } = configuration;
    this.vpc = importVpc(this, network);
    this.functionsSecurityGroup = closedGroup(
      this,
      'FunctionsSecurityGroup',
      this.vpc,
      'Recovery functions that read the database',
    );
    this.quarantineSecurityGroup = closedGroup(
      this,
      'QuarantineSecurityGroup',
      this.vpc,
      'A replaced database: no application reaches it, the recovery still does',
    );
    const databasePort = Port.tcp(database.port);
    const databaseGroup = SecurityGroup.fromSecurityGroupId(this, 'Database', database.securityGroupId);
    const riskEngineGroup = SecurityGroup.fromSecurityGroupId(this, 'RiskEngine', riskEngine.securityGroupId);
    const riskEnginePort = Port.tcp(portOf(riskEngine.healthUrl));
    this.functionsSecurityGroup.connections.allowTo(databaseGroup, databasePort, 'Database');
    if (database.cutOver.by === 'proxy') {
      const { securityGroupId, port } = database.cutOver;
      const proxyGroup = SecurityGroup.fromSecurityGroupId(this, 'Proxy', securityGroupId);
      this.functionsSecurityGroup.connections.allowTo(proxyGroup, Port.tcp(port), 'Proxy of the clients');
    }
    this.functionsSecurityGroup.connections.allowTo(
      this.quarantineSecurityGroup,
      databasePort,
      'Replaced database',
    );
    this.functionsSecurityGroup.connections.allowTo(
      riskEngineGroup,
      riskEnginePort,
      'Health of the risk engine',
    );
    for (const [service, prefixListId] of Object.entries(network.prefixLists)) {
      this.functionsSecurityGroup.addEgressRule(Peer.prefixList(prefixListId), Port.HTTPS, service);
    }
    if (network.createGatewayEndpoints) {
      this.vpc.addGatewayEndpoint('DynamodbEndpoint', { service: GatewayVpcEndpointAwsService.DYNAMODB });
      this.vpc.addGatewayEndpoint('S3Endpoint', { service: GatewayVpcEndpointAwsService.S3 });
    }
  }
}

/**
 * A group that lets nothing in or out. EC2 opens a group to everywhere when its template names no egress, and CDK names none
 * as soon as all rules stand beside the group: so a rule that matches nothing stays in it.
 */
function closedGroup(scope: Construct, id: string, vpc: IVpc, description: string): SecurityGroup {
  const group = new SecurityGroup(scope, id, { vpc, description, allowAllOutbound: false });
  const nothing = {
    cidrIp: '255.255.255.255/32',
    ipProtocol: 'icmp',
    fromPort: 252,
    toPort: 86,
    description: 'Disallow all traffic',
  };
  (group.node.defaultChild as CfnSecurityGroup).securityGroupEgress = [nothing];
  return group;
}

function importVpc(scope: Construct, { vpcId, subnets }: Configuration['network']): IVpc {
  return Vpc.fromVpcAttributes(scope, 'Vpc', {
    vpcId,
    region: Stack.of(scope).region,
    availabilityZones: subnets.map(({ availabilityZone }) => availabilityZone),
    isolatedSubnetIds: subnets.map((subnet) => subnet.id),
    isolatedSubnetRouteTableIds: subnets.map(({ routeTableId }) => routeTableId),
  });
}

function portOf(url: string): number {
  const { port, protocol } = new URL(url);
  if (port !== '') return Number(port);
  return protocol === 'https:' ? 443 : 80;
}
