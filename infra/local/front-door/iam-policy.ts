import { globPattern } from './glob.ts';
import {
  type Condition,
  compileCondition,
  type RequestContext,
  texts,
  UnsupportedPolicy,
} from './iam-condition.ts';

/** A statement of a policy, ready to be evaluated. */
export interface PolicyStatement {
  /** Name for messages and for the list of unused grants. */
  readonly label: string;
  readonly effect: 'Allow' | 'Deny';
  readonly actions: readonly string[];
  readonly resources: readonly string[];
  /** Whom the statement is about; absent in the policy of a role. */
  readonly principals?: readonly PolicyPrincipal[];
  readonly condition: Condition;
}

/** `*` stands for everyone. */
export interface PolicyPrincipal {
  readonly kind: 'AWS' | 'Service';
  readonly id: string;
}

/** One question: this action on this resource, in these circumstances. */
export interface AccessRequest {
  readonly action: string;
  readonly resource: string;
  readonly context: RequestContext;
}

/** What a set of statements says: a denial always wins, and nothing is allowed that is not said. */
export type Verdict = 'allow' | 'explicit-deny' | 'implicit-deny';

const statementKeys = new Set(['Sid', 'Effect', 'Action', 'Resource', 'Principal', 'Condition']);

/**
 * Reads a policy document whose intrinsic functions are resolved.
 * @param label names the policy in messages, e.g. the logical id.
 * @throws UnsupportedPolicy for an element that is not evaluated here (`NotAction`, `NotResource`, …).
 */
export function parsePolicy(document: unknown, label: string): readonly PolicyStatement[] {
  const statements = (document as { Statement?: unknown } | undefined)?.Statement;
  if (statements === undefined) {
    throw new UnsupportedPolicy(`${label}: the policy document has no Statement`);
  }
  return [statements].flat().map((statement, index) => parseStatement(statement, `${label}[${index}]`));
}

function parseStatement(statement: unknown, label: string): PolicyStatement {
  const source = statement as Record<string, unknown>;
  const unknownKey = Object.keys(source).find((key) => !statementKeys.has(key));
  if (unknownKey) {
    throw new UnsupportedPolicy(`${label}: the element "${unknownKey}" is not supported`);
  }
  const effect = source.Effect;
  if (effect !== 'Allow' && effect !== 'Deny') {
    throw new UnsupportedPolicy(`${label}: Effect must be Allow or Deny, found ${JSON.stringify(effect)}`);
  }
  return {
    label,
    effect,
    actions: texts(source.Action, `${label}.Action`),
    // A trust policy names no resource: it speaks of the role that carries it.
    resources: source.Resource === undefined ? ['*'] : texts(source.Resource, `${label}.Resource`),
    ...(source.Principal !== undefined && { principals: parsePrincipals(source.Principal, label) }),
    condition: compileCondition(source.Condition),
  };
}

function parsePrincipals(principal: unknown, label: string): readonly PolicyPrincipal[] {
  if (principal === '*') {
    return [{ kind: 'AWS', id: '*' }];
  }
  return Object.entries(principal as Record<string, unknown>).flatMap(([kind, ids]) => {
    if (kind !== 'AWS' && kind !== 'Service') {
      throw new UnsupportedPolicy(`${label}.Principal: "${kind}" is not supported`);
    }
    return texts(ids, `${label}.Principal.${kind}`).map((id) => ({ kind, id }) as const);
  });
}

/** Evaluates statements in the order of AWS: any denial that applies wins, then any permission, else nothing. */
export function evaluate(statements: readonly PolicyStatement[], request: AccessRequest): Verdict {
  const applying = statements.filter((statement) => applies(statement, request));
  if (applying.some((statement) => statement.effect === 'Deny')) {
    return 'explicit-deny';
  }
  return applying.length > 0 ? 'allow' : 'implicit-deny';
}

/** Whether the statement speaks of this action, resource and circumstances. */
export function applies(statement: PolicyStatement, request: AccessRequest): boolean {
  return (
    statement.actions.some((action) => actionMatches(action, request.action)) &&
    statement.resources.some((resource) => globPattern(resource).test(request.resource)) &&
    statement.condition(request.context)
  );
}

/** Actions ignore case, as in IAM. */
export function actionMatches(pattern: string, action: string): boolean {
  return globPattern(pattern.toLowerCase()).test(action.toLowerCase());
}
