import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DeploymentRig, startDeploymentRig } from './deployment-rig.ts';
import { roleResource } from './template-parts.ts';

let rig: DeploymentRig;

beforeAll(async () => {
  rig = await startDeploymentRig();
});

afterAll(() => rig.close());

describe('what the deployment hands to the stand-ins', () => {
  it('a state machine with its definition substituted, and a rule with its pattern, target and retry policy', async () => {
    await rig.deploy({
      Resources: {
        MachineRole: roleResource('states.amazonaws.com'),
        Machine: {
          Type: 'AWS::StepFunctions::StateMachine',
          Properties: {
            StateMachineName: 'incident-response',
            RoleArn: { 'Fn::GetAtt': ['MachineRole', 'Arn'] },
            DefinitionString: {
              'Fn::Join': [
                '',
                ['{"StartAt":"A","States":{"A":{"Type":"Task","Resource":"', `\${Halt}`, '"}}}'],
              ],
            },
            DefinitionSubstitutions: { Halt: 'arn:aws:lambda:eu-central-1:000000000000:function:halt' },
          },
        },
        RuleRole: roleResource('events.amazonaws.com'),
        Rule: {
          Type: 'AWS::Events::Rule',
          Properties: {
            EventPattern: { source: ['aws.cloudwatch'], detail: { state: { value: ['ALARM'] } } },
            State: 'ENABLED',
            Targets: [
              {
                Id: 'Target0',
                Arn: { Ref: 'Machine' },
                RoleArn: { 'Fn::GetAtt': ['RuleRole', 'Arn'] },
                RetryPolicy: { MaximumRetryAttempts: 3 },
              },
            ],
          },
        },
      },
    });
    const arn = 'arn:aws:states:eu-central-1:000000000000:stateMachine:incident-response';
    expect(rig.registered.stateMachines.at(-1)).toMatchObject({
      name: 'incident-response',
      arn,
      definition: expect.stringContaining(
        '"Resource":"arn:aws:lambda:eu-central-1:000000000000:function:halt"',
      ),
    });
    expect(rig.registered.eventRules.at(-1)).toMatchObject({
      enabled: true,
      eventPattern: { source: ['aws.cloudwatch'] },
      targets: [{ id: 'Target0', arn, retryPolicy: { maximumRetryAttempts: 3 } }],
    });
  });

  it('a REST API as one whole, with ids that its parts refer to', async () => {
    const deployment = await rig.deploy({
      Resources: {
        Method: {
          Type: 'AWS::ApiGateway::Method',
          Properties: {
            RestApiId: { Ref: 'Api' },
            ResourceId: { Ref: 'State' },
            HttpMethod: 'GET',
            AuthorizationType: 'NONE',
            RequestModels: { 'application/json': { Ref: 'Model' } },
          },
        },
        State: {
          Type: 'AWS::ApiGateway::Resource',
          Properties: {
            RestApiId: { Ref: 'Api' },
            ParentId: { 'Fn::GetAtt': ['Api', 'RootResourceId'] },
            PathPart: 'trading-state',
          },
        },
        Model: {
          Type: 'AWS::ApiGateway::Model',
          Properties: { RestApiId: { Ref: 'Api' }, Name: 'Halt', Schema: {} },
        },
        Stage: { Type: 'AWS::ApiGateway::Stage', Properties: { RestApiId: { Ref: 'Api' }, StageName: 'v1' } },
        Api: { Type: 'AWS::ApiGateway::RestApi', Properties: { Name: 'emergency' } },
      },
      Outputs: {
        Url: {
          Value: {
            'Fn::Join': [
              '',
              [
                'https://',
                { Ref: 'Api' },
                '.execute-api.',
                { Ref: 'AWS::Region' },
                '.',
                { Ref: 'AWS::URLSuffix' },
                '/',
                { Ref: 'Stage' },
                '/',
              ],
            ],
          },
        },
      },
    });
    const api = rig.registered.restApis.at(-1) as {
      id: string;
      rootResourceId: string;
      resources: { id: string; properties: Record<string, unknown> }[];
      methods: { properties: Record<string, unknown> }[];
    };
    expect(api.resources).toMatchObject([
      { properties: { ParentId: api.rootResourceId, PathPart: 'trading-state' } },
    ]);
    expect(api.methods).toMatchObject([
      { properties: { ResourceId: api.resources[0]?.id, RequestModels: { 'application/json': 'Halt' } } },
    ]);
    expect(deployment.outputs.Url).toBe(`https://${api.id}.execute-api.eu-central-1.amazonaws.com/v1/`);
  });

  it('the groups that may connect to a group that the template only names', async () => {
    const deployment = await rig.deploy({
      Resources: {
        Group: {
          Type: 'AWS::EC2::SecurityGroup',
          Properties: { GroupDescription: 'functions', VpcId: 'vpc-1' },
        },
        Ingress: {
          Type: 'AWS::EC2::SecurityGroupIngress',
          Properties: {
            GroupId: 'sg-database',
            SourceSecurityGroupId: { 'Fn::GetAtt': ['Group', 'GroupId'] },
            IpProtocol: 'tcp',
            FromPort: 5432,
            ToPort: 5432,
          },
        },
      },
    });
    const group = deployment.resources.get('Group')?.ref;
    expect(deployment.inventory.securityGroups.get('sg-database')).toEqual({ allowedSourceGroups: [group] });
  });
});
