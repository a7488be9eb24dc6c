import type { AuthorizationRequest } from '../deployer/registrars.ts';
import { AccessDenied } from './access-denied.ts';
import { globPattern } from './glob.ts';
import type { RequestContext } from './iam-condition.ts';
import {
  type AccessRequest,
  applies,
  evaluate,
  type PolicyPrincipal,
  type PolicyStatement,
  parsePolicy,
  type Verdict,
} from './iam-policy.ts';
import { impliedKeyActions } from './key-permissions.ts';
import { createPermissionLedger, type Grant, type PermissionUse } from './permission-ledger.ts';

/** A question to IAM that says more than a stand-in needs to: who acts for the principal, and the circumstances. */
export interface AccessQuestion extends AuthorizationRequest {
  /** ARN for messages; that of the principal when absent. */
  readonly callerArn?: string;
  readonly context?: RequestContext;
}

/** IAM of the laptop: the policies of the template, evaluated as AWS does within one account. */
export interface Authorizer {
  /** Adds a policy to a role or user. @throws UnsupportedPolicy */
  attachPolicy(principalArn: string, label: string, document: unknown): void;
  /** Adds a policy to a resource (topic, queue, bucket, key, function, secret). @throws UnsupportedPolicy */
  attachResourcePolicy(resourceArn: string, label: string, document: unknown): void;
  /** Says which services may take the role. @throws UnsupportedPolicy */
  trust(roleArn: string, label: string, document: unknown): void;
  /** @throws RoleNotAssumable when the trust policy of the role does not name the service. */
  requireAssumable(roleArn: string, service: string): void;
  /** Says that a resource is encrypted with a customer key, so that its callers need permissions on the key too. */
  encrypt(resourceArn: string, keyArn: string): void;
  /** Asks for the action and for the KMS actions that it implies. @throws AccessDenied */
  authorize(question: AccessQuestion): void;
  /** Every (principal, action, allowed or denied) that was asked so far. */
  uses(): readonly PermissionUse[];
  /** What the policies of roles allow and nothing has used so far. */
  grants(): readonly Grant[];
}

/** The service that a resource names to take a role is not in the role's trust policy. */
class RoleNotAssumable extends Error {
  override readonly name = 'RoleNotAssumable';
}

/** An authorizer for one account. Without any policy it denies everything. */
export function createAuthorizer(scope: { readonly accountId: string; readonly region: string }): Authorizer {
  const identityPolicies = new Map<string, PolicyStatement[]>();
  const resourcePolicies = new Map<string, PolicyStatement[]>();
  const trustPolicies = new Map<string, readonly PolicyStatement[]>();
  const keys = new Map<string, string>();
  const ledger = createPermissionLedger();

  function verdict(question: AccessQuestion): Verdict {
    const request: AccessRequest = {
      action: question.action,
      resource: question.resource,
      context: { ...baseContext(question, scope), ...question.context },
    };
    const identity = identityPolicies.get(question.principal) ?? [];
    const onResource = resourcePolicies.get(policyOwner(question.resource)) ?? [];
    const byIdentity = evaluate(identity, request);
    const naming = onResource.filter((statement) => names(statement, question.principal));
    const byResource = evaluate(naming, request);
    const delegated = delegatesToAccount(onResource, request, scope.accountId);
    const result = combine(byIdentity, byResource, delegated, question.resource);
    ledger.record(
      question,
      result,
      identity.filter((statement) => applies(statement, request)),
    );
    return result;
  }

  function demand(question: AccessQuestion): void {
    const result = verdict(question);
    if (result !== 'allow') {
      const because =
        result === 'explicit-deny'
          ? 'of an explicit deny in a policy'
          : `no identity-based policy allows the ${question.action} action`;
      throw new AccessDenied(
        question.callerArn ?? question.principal,
        question.action,
        question.resource,
        because,
      );
    }
  }

  return {
    attachPolicy: (principalArn, label, document) =>
      append(identityPolicies, principalArn, parsePolicy(document, label)),
    attachResourcePolicy: (resourceArn, label, document) =>
      append(resourcePolicies, resourceArn, parsePolicy(document, label)),
    trust: (roleArn, label, document) => {
      trustPolicies.set(roleArn, parsePolicy(document, label));
    },
    requireAssumable(roleArn, service) {
      const trusted = (trustPolicies.get(roleArn) ?? []).some(
        (statement) => statement.effect === 'Allow' && names(statement, service),
      );
      if (!trusted) {
        throw new RoleNotAssumable(`${roleArn}: the trust policy does not let ${service} assume the role`);
      }
    },
    encrypt: (resourceArn, keyArn) => {
      keys.set(resourceArn, keyArn);
    },
    authorize(question) {
      demand(question);
      const key = keys.get(policyOwner(question.resource));
      for (const action of key === undefined ? [] : impliedKeyActions(question.action)) {
        const service = question.action.split(':')[0];
        const viaService = { 'kms:ViaService': [`${service}.${scope.region}.amazonaws.com`] };
        demand({ ...question, action, resource: key ?? '', context: { ...question.context, ...viaService } });
      }
    },
    uses: () => ledger.uses(),
    grants: () => ledger.grants(identityPolicies),
  };
}

/**
 * Within one account a resource policy that names the principal is as good as its own policy; only a key
 * insists on being asked: an identity's permission counts if the key policy delegates to the account.
 */
function combine(byIdentity: Verdict, byResource: Verdict, delegated: boolean, resource: string): Verdict {
  if (byIdentity === 'explicit-deny' || byResource === 'explicit-deny') {
    return 'explicit-deny';
  }
  if (byResource === 'allow') {
    return 'allow';
  }
  return byIdentity === 'allow' && (delegated || !resource.includes(':kms:')) ? 'allow' : 'implicit-deny';
}

function delegatesToAccount(
  statements: readonly PolicyStatement[],
  request: AccessRequest,
  accountId: string,
) {
  const root = new RegExp(`^(${accountId}|arn:[^:]+:iam::${accountId}:root)$`);
  const delegating = statements.filter((statement) =>
    statement.principals?.some((principal) => principal.kind === 'AWS' && root.test(principal.id)),
  );
  return evaluate(delegating, request) === 'allow';
}

function names(statement: PolicyStatement, principal: string): boolean {
  return (statement.principals ?? []).some((candidate) => isPrincipal(candidate, principal));
}

function isPrincipal(candidate: PolicyPrincipal, principal: string): boolean {
  return candidate.kind === 'AWS' && candidate.id === '*' ? true : globPattern(candidate.id).test(principal);
}

/** The policy on objects of a bucket is that of the bucket. */
function policyOwner(resource: string): string {
  return resource.startsWith('arn:aws:s3:::') ? (resource.split('/')[0] ?? resource) : resource;
}

/** What holds for every call: AWS is only reached over TLS, for which the front door stands. */
function baseContext(question: AccessQuestion, scope: { accountId: string; region: string }): RequestContext {
  return {
    'aws:SecureTransport': ['true'],
    's3:TlsVersion': ['1.3'],
    'aws:RequestedRegion': [scope.region],
    'aws:PrincipalArn': [question.principal],
    'aws:PrincipalAccount': [scope.accountId],
    'aws:ResourceAccount': [scope.accountId],
    's3:ResourceAccount': [scope.accountId],
    'kms:CallerAccount': [scope.accountId],
    'aws:SourceOwner': [scope.accountId],
    ...(question.sourceArn && {
      'aws:SourceArn': [question.sourceArn],
      'aws:SourceAccount': [scope.accountId],
    }),
  };
}

function append(
  policies: Map<string, PolicyStatement[]>,
  key: string,
  statements: readonly PolicyStatement[],
) {
  policies.set(key, [...(policies.get(key) ?? []), ...statements]);
}
