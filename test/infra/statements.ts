import type { Template } from 'aws-cdk-lib/assertions';
import { resourcesOf } from './synthesized.ts';

/** One allowed action of one owner on one resource, as it stands in the template (references as JSON). */
export interface Grant {
  /** Logical id of the role or policy, without the hash of CDK. */
  readonly owner: string;
  readonly action: string;
  readonly resource: string;
  /** By operator and key, as in the policy. */
  readonly condition: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

interface Statement {
  readonly Effect: string;
  readonly Action: string | readonly string[];
  readonly Resource: unknown;
  readonly Condition?: Grant['condition'];
}
interface PolicyDocument {
  readonly Statement: readonly Statement[];
}

/** Everything that roles and managed policies of the template allow. */
export function grantsOf(template: Template): Grant[] {
  const roles = Object.entries(resourcesOf(template, 'AWS::IAM::Role')).flatMap(([id, { Properties }]) =>
    ((Properties.Policies ?? []) as { PolicyDocument: PolicyDocument }[]).flatMap(({ PolicyDocument }) =>
      grantsIn(id, PolicyDocument),
    ),
  );
  const policies = Object.entries(resourcesOf(template, 'AWS::IAM::ManagedPolicy')).flatMap(
    ([id, { Properties }]) => grantsIn(id, Properties.PolicyDocument as PolicyDocument),
  );
  return [...roles, ...policies];
}

/** `HaltTradingRoleFC8E7AAA` belongs to `HaltTrading`. */
function ownerOf(logicalId: string): string {
  return logicalId.replace(/[0-9A-F]{8}$/, '').replace(/Role$/, '');
}

function grantsIn(id: string, { Statement }: PolicyDocument): Grant[] {
  return Statement.flatMap(({ Action, Resource, Condition = {} }) =>
    [Action].flat().flatMap((action) =>
      [Resource].flat().map((resource) => ({
        owner: ownerOf(id),
        action,
        resource: textOf(resource),
        condition: Condition,
      })),
    ),
  );
}

/** References in angle brackets, joined parts as one text. */
function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  const {
    Ref,
    'Fn::GetAtt': attribute,
    'Fn::Join': join,
  } = value as {
    Ref?: string;
    'Fn::GetAtt'?: string[];
    'Fn::Join'?: [string, unknown[]];
  };
  if (Ref !== undefined) return `<${Ref}>`;
  if (attribute !== undefined) return `<${attribute.join('.')}>`;
  const [separator, parts] = join ?? ['', []];
  return parts.map(textOf).join(separator);
}
