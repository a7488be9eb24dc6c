import { setTimeout as delay } from 'node:timers/promises';
import { ApprovalRecorded, IncidentView } from '../../../shared/incident/api-contract.ts';
import type { ApprovalPurpose } from '../../../shared/incident/approver.ts';
import type { Caller } from '../front-door/credentials.ts';
import type { Scenario } from './scenario.ts';
import { typedPoint } from './scenario-start.ts';
import { sendSigned } from './signed-request.ts';

export interface OperatorsAtWork {
  readonly emergencyApi: string;
  readonly region: string;
  readonly operators: readonly Caller[];
  readonly plan: Scenario['operators'];
  readonly incidentId: string;
  /** In milliseconds since 1970; what operators know of the accident is told from it. */
  readonly firstFaultAtMillis: number;
  /** Told what an operator has done. */
  readonly onAction: (action: string) => void;
  /** The procedure is over: nobody is awaited any more. */
  readonly signal: AbortSignal;
}

/** The API answered an operator with something else than it should. */
class OperatorRefused extends Error {
  override readonly name = 'OperatorRefused';
}

const LOOK_AGAIN_MILLIS = 200;

/** What is decided on, by whom, and how. */
interface Turn {
  readonly purpose: ApprovalPurpose;
  readonly decision: 'approve' | 'deny';
  readonly pauseMillis: number;
  /** Names of those who may decide. */
  readonly awaited: readonly string[];
}

/**
 * Does what the scenario says of the operators, with their own keys and on the real API. Ends when they have decided, or when the
 * procedure is over.
 * @throws {OperatorRefused}
 */
export async function actAsOperators(work: OperatorsAtWork): Promise<void> {
  const { plan, onAction, operators } = work;
  try {
    if (plan.acknowledge !== undefined) {
      await delay(plan.acknowledge, undefined, { signal: work.signal });
      const [first] = operators;
      if (first !== undefined) onAction(`${first.name} looks at ${(await look(work, first)).status}`);
    }
    for (const answer of plan.restorePoint ?? []) await answerProposal(work, answer);
    if (plan.salvage !== undefined) {
      const awaited = await untilAwaited(work, 'salvage');
      await decideInTurn(work, {
        purpose: 'salvage',
        decision: 'approve',
        pauseMillis: plan.salvage,
        awaited,
      });
    }
    const changePauseMillis = plan.refuseChange ?? plan.change;
    if (changePauseMillis !== undefined) {
      const awaited = await untilAwaited(work, 'instance-change');
      await decideInTurn(work, {
        purpose: 'instance-change',
        decision: plan.refuseChange === undefined ? 'approve' : 'deny',
        pauseMillis: changePauseMillis,
        awaited,
      });
    }
    const pauseMillis = plan.deny ?? plan.approve;
    if (pauseMillis !== undefined) {
      const decision = plan.deny === undefined ? 'approve' : 'deny';
      const awaited = await untilAwaited(work, 'resume-trading');
      await decideInTurn(work, { purpose: 'resume-trading', decision, pauseMillis, awaited });
    }
  } catch (error) {
    if (!work.signal.aborted) throw error;
  }
}

/**
 * Halts all trading with the emergency token, as the SOP's curl does.
 * @throws {OperatorRefused}
 */
export async function haltByToken(emergencyApi: string, token: string, signal: AbortSignal): Promise<void> {
  const response = await fetch(`${emergencyApi}/emergency/halt-trading`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ reason: 'Somebody saw what no alarm saw' }),
    signal,
  });
  if (!response.ok) throw new OperatorRefused(`halt-trading: ${response.status} ${await response.text()}`);
}

/** The first operator who is asked accepts the proposed restore point or gives another, and reads why it is refused when it must be. */
async function answerProposal(
  work: OperatorsAtWork,
  { after, point, refused }: NonNullable<Scenario['operators']['restorePoint']>[number],
): Promise<void> {
  const awaited = await untilAwaited(work, 'restore-point');
  const operator = work.operators.find(({ name }) => awaited.includes(name));
  if (operator === undefined) return;
  await delay(after, undefined, { signal: work.signal });
  const restorePoint = point && typedPoint(point, work.firstFaultAtMillis);
  const response = await sendSigned(operator, work.region, {
    method: 'POST',
    url: `${work.emergencyApi}/incidents/${work.incidentId}/approvals`,
    body: { purpose: 'restore-point', decision: 'approve', reason: 'I saw it happen', restorePoint },
    signal: work.signal,
  });
  const text = await response.text();
  if (refused === undefined ? !response.ok : response.ok || !text.includes(refused)) {
    throw new OperatorRefused(`${operator.name}: restore point ${restorePoint}: ${response.status} ${text}`);
  }
  work.onAction(
    `${operator.name} ${restorePoint === undefined ? 'accepts the proposed restore point' : `gives ${restorePoint}`}${refused === undefined ? '' : `: refused, ${refused}`}`,
  );
}

/** One operator after the other, until nobody is awaited: whoever may not decide is not asked to. */
async function decideInTurn(
  work: OperatorsAtWork,
  { purpose, decision, pauseMillis, ...first }: Turn,
): Promise<void> {
  let { awaited } = first;
  while (awaited.length > 0) {
    const operator = work.operators.find(({ name }) => awaited.includes(name));
    if (operator === undefined) return;
    await delay(pauseMillis, undefined, { signal: work.signal });
    const recorded = await decide(work, operator, { purpose, decision });
    work.onAction(`${operator.name} decides to ${decision} (${purpose}): ${recorded.outcome}`);
    if (recorded.outcome !== 'awaiting-more') return;
    awaited = recorded.approvals.awaited;
  }
}

async function untilAwaited(work: OperatorsAtWork, purpose: ApprovalPurpose): Promise<readonly string[]> {
  const [first] = work.operators;
  while (first !== undefined) {
    const { awaiting } = await look(work, first);
    if (awaiting?.purpose === purpose) return awaiting.awaited;
    await delay(LOOK_AGAIN_MILLIS, undefined, { signal: work.signal });
  }
  return [];
}

async function look(work: OperatorsAtWork, operator: Caller): Promise<IncidentView> {
  const url = `${work.emergencyApi}/incidents/${work.incidentId}`;
  return IncidentView.parse(await answerOf(work, operator, { method: 'GET', url }));
}

async function decide(
  work: OperatorsAtWork,
  operator: Caller,
  { purpose, decision }: Pick<Turn, 'purpose' | 'decision'>,
): Promise<ApprovalRecorded> {
  const url = `${work.emergencyApi}/incidents/${work.incidentId}/approvals`;
  const reason = decision === 'approve' ? 'Proof and numbers look right' : 'The numbers do not convince me';
  return ApprovalRecorded.parse(
    await answerOf(work, operator, { method: 'POST', url, body: { purpose, decision, reason } }),
  );
}

async function answerOf(
  { region, signal }: OperatorsAtWork,
  operator: Caller,
  request: { readonly method: 'GET' | 'POST'; readonly url: string; readonly body?: unknown },
): Promise<unknown> {
  const response = await sendSigned(operator, region, { ...request, signal });
  const text = await response.text();
  if (!response.ok) {
    throw new OperatorRefused(
      `${operator.name}: ${request.method} ${request.url}: ${response.status} ${text}`,
    );
  }
  return JSON.parse(text) as unknown;
}
