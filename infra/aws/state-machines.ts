import { globSync } from 'node:fs';
import { join } from 'node:path';
import { ArnFormat, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { PolicyDocument, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { DefinitionBody, LogLevel, StateMachine, StateMachineType } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { type Definition, readDefinition } from './definition.ts';
import { acknowledgeWildcards, allow, allowWildcard } from './statements.ts';

const FILE_ENDING = '.asl.yaml';

/** What the definitions may name. */
export interface StateMachinesProps {
  readonly directory: string;
  readonly platformName: string;
  readonly functions: ReadonlyMap<string, IFunction>;
  /** Placeholders that are values, e.g. `ApprovalWindowSeconds`. */
  readonly values: Readonly<Record<string, number | readonly string[]>>;
}

/** The procedure: one state machine a file of `statemachines`, `incident-response.asl.yaml` is `IncidentResponse`. */
export class StateMachines extends Construct {
  readonly #machines = new Map<string, StateMachine>();
  readonly #definitions: ReadonlyMap<string, Definition>;
  readonly #props: StateMachinesProps;

  constructor(scope: Construct, id: string, props: StateMachinesProps) {
    super(scope, id);
    this.#props = props;
    this.#definitions = new Map(
      globSync(`*${FILE_ENDING}`, { cwd: props.directory })
        .sort()
        .map((file) => [
          pascalCase(file.slice(0, -FILE_ENDING.length)),
          readDefinition(join(props.directory, file)),
        ]),
    );
    for (const machineId of this.#definitions.keys()) this.#machine(machineId);
  }

  /** All machines by construct id. */
  get all(): ReadonlyMap<string, StateMachine> {
    return this.#machines;
  }

  /** @throws {RangeError} when there is no such machine. */
  get(id: string): StateMachine {
    const machine = this.#machines.get(id);
    if (machine === undefined) throw new RangeError(`No state machine ${id}`);
    return machine;
  }

  /** Machines that others call come first: definitions are made on demand. */
  #machine(id: string): StateMachine {
    const known = this.#machines.get(id);
    if (known !== undefined) return known;
    const definition = this.#definitions.get(id);
    if (definition === undefined) throw new RangeError(`No state machine ${id}`);
    const { functions, values, platformName } = this.#props;
    const invoked = definition.placeholders.flatMap((name) => functions.get(name) ?? []);
    const children = definition.placeholders
      .filter((name) => this.#definitions.has(name))
      .map((name) => ({
        arn: this.#machine(name).stateMachineArn,
        executionsArn: executionsArn(this, platformName, name),
      }));
    const { stateMachine: machine } = new RecoveryStateMachine(this, id, {
      name: stateMachineName(platformName, id),
      definition: definition.render(
        (name) =>
          functions.get(name)?.functionArn ?? this.#machines.get(name)?.stateMachineArn ?? values[name],
      ),
      invoked,
      children,
    });
    this.#machines.set(id, machine);
    return machine;
  }
}

interface RecoveryStateMachineProps {
  readonly name: string;
  readonly definition: string;
  readonly invoked: readonly IFunction[];
  readonly children: readonly ChildMachine[];
}

/** A machine that another one starts and waits for. */
interface ChildMachine {
  readonly arn: string;
  readonly executionsArn: string;
}

/** One standard state machine with a role and a log group of its own. */
class RecoveryStateMachine extends Construct {
  readonly stateMachine: StateMachine;

  constructor(scope: Construct, id: string, props: RecoveryStateMachineProps) {
    super(scope, id);
    const { name, definition, invoked, children } = props;
    const statements = [
      ...(invoked.length > 0 ? [allow(['lambda:InvokeFunction'], invoked.map(arnOfFunction))] : []),
      ...(children.length > 0 ? nestedExecutions(this, children) : []),
      logDelivery(),
      allowWildcard('X-Ray knows no resource', tracingActions, ['*']),
    ];
    const role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('states.amazonaws.com'),
      inlinePolicies: { Permissions: new PolicyDocument({ statements }) },
    });
    acknowledgeWildcards(role, statements);
    this.stateMachine = new StateMachine(this, 'StateMachine', {
      stateMachineName: name,
      stateMachineType: StateMachineType.STANDARD,
      definitionBody: DefinitionBody.fromString(definition),
      tracingEnabled: true,
      logs: {
        destination: new LogGroup(this, 'Logs', {
          logGroupName: `/aws/vendedlogs/states/${name}`,
          retention: RetentionDays.ONE_MONTH,
          removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
        }),
        level: LogLevel.ALL,
        includeExecutionData: true,
      },
      // CDK would add broader statements of its own.
      role: role.withoutPolicyUpdates(),
    });
  }
}

function arnOfFunction({ functionArn }: IFunction): string {
  return functionArn;
}

const tracingActions = [
  'xray:GetSamplingRules',
  'xray:GetSamplingTargets',
  'xray:PutTelemetryRecords',
  'xray:PutTraceSegments',
];

/** Step Functions developer guide, "Logging using CloudWatch Logs". */
function logDelivery() {
  return allowWildcard(
    'Step Functions delivers logs by actions that know no resource',
    [
      'logs:CreateLogDelivery',
      'logs:DeleteLogDelivery',
      'logs:DescribeLogGroups',
      'logs:DescribeResourcePolicies',
      'logs:GetLogDelivery',
      'logs:ListLogDeliveries',
      'logs:PutResourcePolicy',
      'logs:UpdateLogDelivery',
    ],
    ['*'],
  );
}

/** What `startExecution.sync:2` needs (Step Functions developer guide, "IAM policies for nested workflows"). */
function nestedExecutions(scope: Construct, children: readonly ChildMachine[]) {
  return [
    allow(
      ['states:StartExecution'],
      children.map(({ arn }) => arn),
    ),
    allowWildcard(
      'An execution of a child is named when it starts',
      ['states:DescribeExecution', 'states:StopExecution'],
      children.map((child) => child.executionsArn),
    ),
    allow(
      ['events:DescribeRule', 'events:PutRule', 'events:PutTargets'],
      [
        Stack.of(scope).formatArn({
          service: 'events',
          resource: 'rule',
          resourceName: 'StepFunctionsGetEventsForStepFunctionsExecutionRule',
        }),
      ],
    ),
  ];
}

/** ARN of every execution of a machine, by the machine's construct id. */
export function executionsArn(scope: Construct, platformName: string, id: string): string {
  return Stack.of(scope).formatArn({
    service: 'states',
    resource: 'execution',
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    resourceName: `${stateMachineName(platformName, id)}:*`,
  });
}

/** ARN of a machine written out from its name, by the machine's construct id. */
export function writtenStateMachineArn(scope: Construct, platformName: string, id: string): string {
  return Stack.of(scope).formatArn({
    service: 'states',
    resource: 'stateMachine',
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    resourceName: stateMachineName(platformName, id),
  });
}

function stateMachineName(platformName: string, id: string): string {
  return `${platformName}-recovery-${kebabCase(id)}`;
}

function pascalCase(kebab: string): string {
  return kebab.replaceAll(/(^|-)([a-z])/g, (_match, _hyphen, letter: string) => letter.toUpperCase());
}

function kebabCase(pascal: string): string {
  return pascal.replaceAll(/(?!^)([A-Z])/g, '-$1').toLowerCase();
}
