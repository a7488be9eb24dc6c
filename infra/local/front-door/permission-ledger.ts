import type { AccessQuestion } from './authorizer.ts';
import { actionMatches, type PolicyStatement, type Verdict } from './iam-policy.ts';

/** How often a principal asked for an action, and what the answer was. */
export interface PermissionUse {
  readonly principal: string;
  readonly action: string;
  readonly allowed: boolean;
  readonly resources: readonly string[];
  readonly count: number;
}

/** An action that a policy allows to a principal. */
export interface Grant {
  readonly principal: string;
  /** As the policy spells it, wildcards included. */
  readonly action: string;
  readonly resources: readonly string[];
  /** Where it is granted. */
  readonly label: string;
  /** Whether the principal has ever used it. */
  readonly used: boolean;
}

/** Remembers what the authorizer was asked, so that tests can compare what is allowed with what is used. */
export interface PermissionLedger {
  /** @param applying the statements of the principal's own policies that spoke of the question. */
  record(question: AccessQuestion, verdict: Verdict, applying: readonly PolicyStatement[]): void;
  uses(): readonly PermissionUse[];
  grants(policies: ReadonlyMap<string, readonly PolicyStatement[]>): readonly Grant[];
}

export function createPermissionLedger(): PermissionLedger {
  const uses = new Map<
    string,
    { use: Omit<PermissionUse, 'resources' | 'count'>; resources: Set<string>; count: number }
  >();
  const usedActions = new Map<PolicyStatement, Set<string>>();

  return {
    record(question, verdict, applying) {
      const { principal, action } = question;
      const allowed = verdict === 'allow';
      const key = `${principal} ${action} ${allowed}`;
      const entry = uses.get(key) ?? { use: { principal, action, allowed }, resources: new Set(), count: 0 };
      entry.resources.add(question.resource);
      entry.count += 1;
      uses.set(key, entry);
      if (allowed) {
        for (const statement of applying) {
          markUsed(usedActions, statement, action);
        }
      }
    },
    uses: () =>
      [...uses.values()].map(({ use, resources, count }) => ({ ...use, resources: [...resources], count })),
    grants: (policies) =>
      [...policies].flatMap(([principal, statements]) =>
        statements
          .filter((statement) => statement.effect === 'Allow')
          .flatMap((statement) =>
            statement.actions.map((action) => ({
              principal,
              action,
              resources: statement.resources,
              label: statement.label,
              used: usedActions.get(statement)?.has(action) ?? false,
            })),
          ),
      ),
  };
}

function markUsed(used: Map<PolicyStatement, Set<string>>, statement: PolicyStatement, action: string): void {
  const patterns = used.get(statement) ?? new Set();
  for (const pattern of statement.actions.filter((candidate) => actionMatches(candidate, action))) {
    patterns.add(pattern);
  }
  used.set(statement, patterns);
}
