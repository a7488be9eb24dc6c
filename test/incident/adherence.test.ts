import { describe, expect, test } from 'vitest';
import { adherenceOf, assessAdherence, clockStart } from '../../shared/incident/adherence.ts';
import { CRITICAL_INCIDENT, opening, PROOF } from './fixtures/critical-incident.ts';
import { DETECTED_AT, type Happening, timelineOf } from './fixtures/timeline-builder.ts';

const step = (happenings: readonly Happening[], title: string) =>
  assessAdherence(timelineOf(happenings)).find((candidate) => candidate.title === title);
const moved = (type: Happening['type'], at: number) =>
  CRITICAL_INCIDENT.map((happening) => (happening.type === type ? { ...happening, at } : happening));

describe('deadlines of P0 steps', () => {
  test.each([
    ['Halt all trading', 'trading.halted', 5],
    ['Activate incident management', 'incident.activated', 5],
    ['Notify the emergency contacts', 'contacts.notified', 5],
    ['Collect initial diagnostics', 'diagnostics.collected', 5],
    ['Start the timeline', 'incident.opened', 5],
    ['Notify the users', 'user-notice.sent', 10],
    ['Assess the damage', 'damage.classified', 15],
    ['Select the recovery strategy', 'strategy.selected', 30],
    ['Choose the restore point', 'restore-point.chosen', 60],
    ['Verify the restored data', 'restore.verified', 60],
    ['Confirm the completed recovery', 'cut-over.confirmed', 60],
    ['Prove the data integrity of the service', 'service.proven', 60],
    ['Restore the service', 'trading.resumed', 60],
  ] as const)('%s (%s) is due after %d minutes', (title, type, minutes) => {
    expect(step(moved(type, minutes * 60), title)?.verdict).toBe('in-time');
    expect(step(moved(type, minutes * 60 + 0.001), title)?.verdict).toBe('late');
  });

  test('a step that is not done is missed once it was due, and pending before', () => {
    const undone = CRITICAL_INCIDENT.filter(({ type }) => type !== 'user-notice.sent');
    expect(step(undone, 'Notify the users')?.verdict).toBe('missed');
    expect(step(opening(), 'Notify the users')?.verdict).toBe('pending');
  });

  test('a step that failed is not done', () => {
    const failed = CRITICAL_INCIDENT.map((happening) =>
      happening.type === 'contacts.notified' ? { ...happening, outcome: 'failed' as const } : happening,
    );
    expect(step(failed, 'Notify the emergency contacts')?.verdict).toBe('missed');
  });

  test('the notice that all is well does not stand in for the notice of the trouble', () => {
    const onlyResolved = CRITICAL_INCIDENT.filter(({ detail }) => detail?.phase !== 'started');
    expect(step(onlyResolved, 'Notify the users')?.verdict).toBe('missed');
  });
});

describe('which steps are required', () => {
  const titles = (happenings: readonly Happening[]) =>
    assessAdherence(timelineOf(happenings)).map(({ title }) => title);
  const recovery = (databaseRecovery: string): Happening => ({
    at: 18,
    type: 'strategy.selected',
    detail: { databaseRecovery, reason: 'as found', peopleTasks: [], peopleNeeded: false },
  });

  test('those of the branch that the decision tree took, and no other', () => {
    expect(titles([...opening(), recovery('connection-restore')])).toContain(
      'Restore the database connection',
    );
    expect(titles([...opening(), recovery('optimization')])).toContain('Optimise the database');
    expect(titles([...opening(), recovery('none')])).not.toContain('Verify the restored data');
    expect(titles([...opening(), recovery('point-in-time-restore')])).toContain('Verify the restored data');
  });

  test('a milder incident needs no halt, and is restored when it is proven', () => {
    expect(titles(opening('P1'))).not.toContain('Halt all trading');
    expect(step([...opening('P1'), PROOF], 'Restore the service')?.verdict).toBe('in-time');
  });

  test('a milder incident has its own response time', () => {
    const notified = (at: number): Happening[] => [...opening('P1'), { at, type: 'contacts.notified' }];
    expect(step(notified(900), 'Notify the emergency contacts')?.verdict).toBe('in-time');
    expect(step(notified(901), 'Notify the emergency contacts')?.verdict).toBe('late');
  });
});

describe('adherence', () => {
  test('is the share of required steps done in time', () => {
    const steps = assessAdherence(timelineOf(moved('trading.halted', 301)));
    expect(adherenceOf(steps)).toBe((steps.length - 1) / steps.length);
  });

  test('counts a pending step as not yet done', () => {
    const steps = assessAdherence(timelineOf(opening()));
    expect(adherenceOf(steps)).toBe(1 / steps.length);
  });

  test('counts from the moment at which the incident was known to be this grave', () => {
    const events = timelineOf([
      ...opening('P2'),
      { at: 1200, type: 'incident.severity-raised', detail: { severity: 'P0' } },
      { at: 1210, type: 'trading.halted' },
    ]);
    expect(clockStart(events)).toBe('2026-03-14T09:46:53.000Z');
    expect(assessAdherence(events).find(({ sopStep }) => sopStep === '1.1')).toMatchObject({
      verdict: 'in-time',
      doneAfterSeconds: 10,
    });
  });

  test('counts from the detection, not from the opening', () => {
    expect(clockStart(timelineOf(CRITICAL_INCIDENT))).toBe(DETECTED_AT);
  });
});
