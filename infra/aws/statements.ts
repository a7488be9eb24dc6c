import { Stack } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IConstruct } from 'constructs';
import { acknowledge } from './acknowledge.ts';

type Conditions = Record<string, Record<string, string | readonly string[]>>;

/** Why a statement speaks of resources by a pattern. */
const wildcardReasons = new WeakMap<PolicyStatement, string>();

/** Allows actions on named resources. */
export function allow(
  actions: readonly string[],
  resources: readonly string[],
  conditions?: Conditions,
): PolicyStatement {
  return new PolicyStatement({
    actions: [...actions],
    resources: [...resources],
    ...(conditions !== undefined && { conditions }),
  });
}

/** Allows actions on resources whose names are patterns, and says why no better can be had. */
export function allowWildcard(
  reason: string,
  actions: readonly string[],
  resources: readonly string[],
  conditions?: Conditions,
): PolicyStatement {
  const statement = allow(actions, resources, conditions);
  wildcardReasons.set(statement, reason);
  return statement;
}

/** Gives the reasons of all {@link allowWildcard} statements to the rule that finds wildcards (AwsSolutions-IAM5). */
export function acknowledgeWildcards(owner: IConstruct, statements: readonly PolicyStatement[]): void {
  const reasons = new Map<string, string[]>();
  for (const statement of statements) {
    const reason = wildcardReasons.get(statement);
    if (reason === undefined) continue;
    for (const resource of statement.resources) {
      const finding = textOf(Stack.of(owner).resolve(resource));
      if (finding.includes('*')) reasons.set(finding, [...(reasons.get(finding) ?? []), reason]);
    }
  }
  for (const [finding, because] of reasons) {
    acknowledge(owner, `AwsSolutions-IAM5[Resource::${finding}]`, because.join('. '));
  }
}

/** A resource as the rule writes it in its findings: references in angle brackets. */
function textOf(resolved: unknown): string {
  if (typeof resolved === 'string') return resolved;
  const intrinsic = resolved as { Ref?: string; 'Fn::GetAtt'?: string[]; 'Fn::Join'?: [string, unknown[]] };
  if (intrinsic.Ref !== undefined) return `<${intrinsic.Ref}>`;
  if (intrinsic['Fn::GetAtt'] !== undefined) return `<${intrinsic['Fn::GetAtt'].join('.')}>`;
  const [separator, parts] = intrinsic['Fn::Join'] ?? ['', []];
  return parts.map(textOf).join(separator);
}
