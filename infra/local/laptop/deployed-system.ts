import type { Deployment } from '../deployer/deploy.ts';
import type { LambdaHost } from '../lambda-host/lambda-host.ts';

/** Where the parts of the deployed system are that people and tests work with. */
export interface DeployedSystem {
  readonly timelineTable: string;
  readonly controlTable: string;
  readonly reportsBucket: string;
  readonly emergencyTokenSecret: string;
  /** ARN by name, e.g. `incident-response`. */
  readonly stateMachines: Readonly<Record<string, string>>;
  /** ARN by name in PascalCase, e.g. `RecordBaseline`. */
  readonly functions: Readonly<Record<string, string>>;
  /** Names of the alarms of the template. */
  readonly alarms: readonly string[];
  readonly restApi: { readonly id: string; readonly stage: string };
  /** ARN and document of what operators may do. */
  readonly operatorPolicy: { readonly arn: string; readonly document: unknown };
}

/** The template lacks something that the laptop cannot do without. */
class IncompleteTemplate extends Error {
  override readonly name = 'IncompleteTemplate';
}

/**
 * Finds in a deployment what the laptop needs to know of it.
 * @throws {IncompleteTemplate} naming what is missing.
 */
export function describeDeployment(deployment: Deployment, lambdaHost: LambdaHost): DeployedSystem {
  const variable = (name: string): string => {
    const value = lambdaHost.functions().find(({ environment }) => environment[name])?.environment[name];
    if (value === undefined) throw new IncompleteTemplate(`no function has the variable ${name}`);
    return value;
  };
  const only = (type: string): { readonly logicalId: string; readonly ref: string } => {
    const [found] = ofType(deployment, type);
    if (found === undefined) throw new IncompleteTemplate(`no resource of type ${type}`);
    return found;
  };
  const [policy] = deployment.inventory.managedPolicies;
  if (policy === undefined) throw new IncompleteTemplate('no managed policy for operators');
  return {
    timelineTable: variable('TIMELINE_TABLE'),
    controlTable: variable('CONTROL_TABLE'),
    reportsBucket: variable('REPORTS_BUCKET'),
    emergencyTokenSecret: variable('EMERGENCY_TOKEN_SECRET'),
    stateMachines: byName(deployment, 'AWS::StepFunctions::StateMachine'),
    functions: byName(deployment, 'AWS::Lambda::Function'),
    alarms: ofType(deployment, 'AWS::CloudWatch::Alarm').map(({ ref }) => ref),
    restApi: {
      id: only('AWS::ApiGateway::RestApi').ref,
      stage: only('AWS::ApiGateway::Stage').ref,
    },
    operatorPolicy: { arn: policy[0], document: policy[1] },
  };
}

function ofType(deployment: Deployment, type: string) {
  return [...deployment.resources].flatMap(([logicalId, resource]) =>
    resource.type === type
      ? [{ logicalId, ref: resource.ref, arn: resource.attributes.Arn ?? resource.ref }]
      : [],
  );
}

/** ARNs by what the physical name says after the name of the stack. */
function byName(deployment: Deployment, type: string): Record<string, string> {
  return Object.fromEntries(
    ofType(deployment, type).map(({ arn }) => [
      arn.slice(arn.lastIndexOf(':') + 1).replace(`${deployment.stackName}-`, ''),
      arn,
    ]),
  );
}
