import { describe, expect, it } from 'vitest';
import { missedRequest, pointWanted, unusedRequest } from '../../shared/incident/requested-point.ts';
import { addSeconds } from '../../shared/lambda/clock.ts';
import { DETECTED_AT, type Happening, timelineOf } from './fixtures/timeline-builder.ts';

const EARLY = '2026-01-31T03:01:00Z';
const LATE = '2026-01-31T03:02:00Z';
const GIVEN = '2026-01-31T03:03:00Z';
const asks = (at: number, restorePoint = EARLY): Happening => ({
  at,
  type: 'restore-point.requested',
  detail: { restorePoint, name: 'carol', reason: 'prices' },
});
const decides = (at: number, restorePoint: string | null): Happening => ({
  at,
  type: 'restore-point.decided',
  detail: { restorePoint, name: 'alice', reason: 'I saw it' },
});
const chooses = (at: number, readUntil: number, chosenAt = GIVEN, restorable = true): Happening => ({
  at,
  type: 'restore-point.chosen',
  detail: { restorable, readUntil, chosenAt },
});
const opened: Happening = { at: 0, type: 'incident.opened' };
const handedOver: Happening = { at: 500, type: 'incident.handed-over' };
/** The execution that asks began this many seconds after the detection. */
const wanted = (happenings: Happening[], restorePoint: string | null, startedAt = 100) =>
  pointWanted(timelineOf(happenings), {
    restorePoint,
    executionStartedAt: addSeconds(DETECTED_AT, startedAt),
  })?.restorePoint;

describe('the restore point that people want', () => {
  it.each([
    ['none, when nobody said anything', [opened], null, undefined],
    ['what came with the start', [opened], GIVEN, GIVEN],
    ['a request of before the recovery began, where the start says nothing', [opened, asks(50)], null, EARLY],
    ['the start, where it says another after an older request', [opened, asks(50)], GIVEN, GIVEN],
    ['a request that came while the recovery ran', [opened, asks(150)], GIVEN, EARLY],
    ['the newest of two requests', [opened, asks(150), asks(160, LATE)], null, LATE],
    ['what an approver gave after a request', [opened, asks(150), decides(160, LATE)], null, LATE],
    [
      'the proposed one that an approver accepted after a request',
      [opened, asks(150), decides(160, null)],
      null,
      undefined,
    ],
    ['a request after the proposed one was accepted', [opened, decides(150, null), asks(160)], null, EARLY],
    [
      'a request, while the choice waits for RDS',
      [opened, asks(150), chooses(160, 2, EARLY, false)],
      null,
      EARLY,
    ],
    [
      'none any more, once a choice has read it',
      [opened, asks(150), chooses(160, 2, EARLY)],
      null,
      undefined,
    ],
    ['a request that the choice had not read', [opened, asks(150), chooses(160, 1)], null, EARLY],
    ['no request that came after the choice', [opened, chooses(150, 1), asks(160)], null, undefined],
    [
      'a request after the incident was handed over',
      [opened, chooses(150, 1), handedOver, asks(600)],
      null,
      EARLY,
    ],
    ['nothing that was decided for an earlier execution', [opened, decides(50, LATE)], null, undefined],
  ] as const)('is %s', (_what, happenings, restorePoint, expected) => {
    expect(wanted([...happenings], restorePoint)).toBe(expected);
  });

  it('names who wants it and why', () => {
    const course = { restorePoint: LATE, executionStartedAt: DETECTED_AT };
    expect(pointWanted(timelineOf([opened, decides(10, LATE)]), course)).toEqual({
      restorePoint: LATE,
      name: 'alice',
      reason: 'I saw it',
    });
  });
});

describe('a request', () => {
  it('is missed when it stands before a choice that had not read it, and in no other case', () => {
    expect(missedRequest(timelineOf([opened, asks(150), chooses(160, 1)]))?.sequence).toBe(2);
    expect(missedRequest(timelineOf([opened, asks(150), chooses(160, 2)]))).toBeUndefined();
    expect(missedRequest(timelineOf([opened, chooses(150, 1), asks(160)]))).toBeUndefined();
    expect(missedRequest(timelineOf([opened, asks(150)]))).toBeUndefined();
  });

  it('is told to whoever approves unless a restore went back to it', () => {
    expect(unusedRequest(timelineOf([opened, asks(150), chooses(160, 2, EARLY)]))).toBeUndefined();
    expect(unusedRequest(timelineOf([opened, chooses(150, 1), asks(160)]))).toMatchObject({ name: 'carol' });
    expect(unusedRequest(timelineOf([opened, asks(150), chooses(160, 2, LATE)]))).toMatchObject({
      restorePoint: EARLY,
    });
    expect(unusedRequest(timelineOf([opened]))).toBeUndefined();
  });
});
