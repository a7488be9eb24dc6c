import type { Strategy } from '../assessment/damage.ts';
import { SEVERITY_TARGETS, type Severity } from './severity.ts';
import type { TimelineEventType } from './timeline-event.ts';

/** A step that the SOP demands of an incident, with the time it allows. */
export interface RequiredStep {
  /** The clause of SOP-003. */
  readonly sopStep: string;
  readonly title: string;
  /** The step is done with the first of these events. */
  readonly doneBy: readonly TimelineEventType[];
  /** Seconds from the start of the severity's clock. */
  readonly deadlineSeconds: number;
}

type Branch = Strategy['databaseRecovery'];

const MINUTE = 60;
const USER_NOTICE_SECONDS = 10 * MINUTE;

/** SOP "P0 Critical Failure Response", steps 1 to 3. */
const CRITICAL_RESPONSE: readonly RequiredStep[] = [
  { sopStep: '1.1', title: 'Halt all trading', doneBy: ['trading.halted'], deadlineSeconds: 5 * MINUTE },
  {
    sopStep: '1.2',
    title: 'Activate incident management',
    doneBy: ['incident.activated'],
    deadlineSeconds: 5 * MINUTE,
  },
  {
    sopStep: '1.3',
    title: 'Notify the emergency contacts',
    doneBy: ['contacts.notified'],
    deadlineSeconds: 5 * MINUTE,
  },
  {
    sopStep: '1.4',
    title: 'Collect initial diagnostics',
    doneBy: ['diagnostics.collected'],
    deadlineSeconds: 5 * MINUTE,
  },
  { sopStep: '1.5', title: 'Start the timeline', doneBy: ['incident.opened'], deadlineSeconds: 5 * MINUTE },
  { sopStep: '2', title: 'Assess the damage', doneBy: ['damage.classified'], deadlineSeconds: 15 * MINUTE },
  {
    sopStep: '3',
    title: 'Select the recovery strategy',
    doneBy: ['strategy.selected'],
    deadlineSeconds: 30 * MINUTE,
  },
];

/** What a milder incident needs within its response time. */
function ordinaryResponse(severity: Severity): readonly RequiredStep[] {
  const { responseSeconds } = SEVERITY_TARGETS[severity];
  return CRITICAL_RESPONSE.filter(({ sopStep }) => ['1.2', '1.3', '1.5'].includes(sopStep)).map((step) => ({
    ...step,
    deadlineSeconds: responseSeconds,
  }));
}

/** SOP "Database Recovery Procedures" by branch of the decision tree, in the order of the work. */
const RECOVERY_STEPS: Record<Branch, readonly Omit<RequiredStep, 'deadlineSeconds'>[]> = {
  none: [],
  'point-in-time-restore': [
    { sopStep: 'PITR target', title: 'Choose the restore point', doneBy: ['restore-point.chosen'] },
    { sopStep: 'PITR 3-5', title: 'Start the restore beside the source', doneBy: ['restore.started'] },
    { sopStep: 'Restore 5-6', title: 'Verify the restored data', doneBy: ['restore.verified'] },
    {
      sopStep: 'Restore 1',
      title: 'Stop all application connections',
      doneBy: ['cut-over.source-sessions-ended', 'cut-over.fence-proven'],
    },
    { sopStep: 'PITR 2', title: 'Set the damaged database aside', doneBy: ['cut-over.source-renamed'] },
    { sopStep: 'PITR 6', title: 'Confirm the completed recovery', doneBy: ['cut-over.confirmed'] },
  ],
  'connection-restore': [
    { sopStep: '3', title: 'Find out why the connection was lost', doneBy: ['connection.diagnosed'] },
    { sopStep: '3', title: 'Restore the database connection', doneBy: ['connection.proven'] },
  ],
  'multi-az-failover': [
    { sopStep: '3', title: 'Fail over to the standby', doneBy: ['connection.healed'] },
    { sopStep: '3', title: 'Restore the database connection', doneBy: ['connection.proven'] },
  ],
  'replica-promotion': [
    { sopStep: 'PITR target', title: 'Record what the replica has', doneBy: ['restore-point.chosen'] },
    {
      sopStep: 'Restore 1',
      title: 'Prove that nobody writes to the lost database',
      doneBy: ['cut-over.fence-proven'],
    },
    { sopStep: '3', title: 'Promote the replica', doneBy: ['replica.promoted'] },
    { sopStep: 'Restore 5-6', title: 'Verify the promoted data', doneBy: ['restore.verified'] },
    { sopStep: 'PITR 2', title: 'Set the lost database aside', doneBy: ['cut-over.source-renamed'] },
    { sopStep: 'PITR 6', title: 'Confirm the completed recovery', doneBy: ['cut-over.confirmed'] },
  ],
  optimization: [{ sopStep: '3', title: 'Optimise the database', doneBy: ['database.optimized'] }],
};

/**
 * Every step that the SOP demands of an incident of this severity and strategy, in the order of their deadlines.
 * @param branch undefined while no strategy is selected: then only what every incident needs.
 */
export function requiredSteps(severity: Severity, branch: Branch | undefined): readonly RequiredStep[] {
  const { resolutionSeconds } = SEVERITY_TARGETS[severity];
  const response = severity === 'P0' ? CRITICAL_RESPONSE : ordinaryResponse(severity);
  const recovered: RequiredStep['doneBy'] = severity === 'P0' ? ['trading.resumed'] : ['service.proven'];
  const recovery = [
    ...RECOVERY_STEPS[branch ?? 'none'],
    {
      sopStep: 'Quality',
      title: 'Prove the data integrity of the service',
      doneBy: ['service.proven'] as const,
    },
    { sopStep: 'RTO', title: 'Restore the service', doneBy: recovered },
  ].map((step) => ({ ...step, deadlineSeconds: resolutionSeconds }));
  const notice: RequiredStep = {
    sopStep: 'User Communication',
    title: 'Notify the users',
    doneBy: ['user-notice.sent'],
    deadlineSeconds: USER_NOTICE_SECONDS,
  };
  return [...response, notice, ...recovery].toSorted(
    (left, right) => left.deadlineSeconds - right.deadlineSeconds,
  );
}
