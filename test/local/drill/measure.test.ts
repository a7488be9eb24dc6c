import { expect, test } from 'vitest';
import { timeSpent } from '../../../infra/local/drill/measure.ts';
import type { RdsPhase } from '../../../infra/local/rds/rds-context.ts';
import { opening } from '../../incident/fixtures/critical-incident.ts';
import { DETECTED_AT, timelineOf } from '../../incident/fixtures/timeline-builder.ts';

const detectedAtMillis = Date.parse(DETECTED_AT);

function phase(fromSeconds: number, toSeconds: number, caller?: string): RdsPhase {
  return {
    name: caller === undefined ? 'recovery-to-target' : 'statement',
    startedAt: detectedAtMillis + fromSeconds * 1000,
    endedAt: detectedAtMillis + toSeconds * 1000,
    instance: 'platform',
    ...(caller !== undefined && { caller }),
  };
}

test('what RDS does and what a step of the response asks of a database is real work; what a probe asks is not', () => {
  const time = timeSpent(
    {
      timeline: timelineOf(opening()),
      states: [{ executionArn: 'e', machine: 'm', state: 'FindCulprit', atMillis: detectedAtMillis }],
      tradingState: {
        state: 'HALTED',
        epoch: 1,
        changedAt: DETECTED_AT,
        changedBy: null,
        reason: 'halted',
        incidentId: null,
      },
      phases: [
        phase(1, 3),
        phase(4, 5, 'testudo-recovery-FindCulprit'),
        phase(6, 9, 'testudo-recovery-RecordBaseline'),
      ],
      faultAtMillis: null,
      endedAtMillis: detectedAtMillis + 10_000,
    },
    null,
  );
  expect(time).toMatchObject({ totalSeconds: 10, restoreWorkSeconds: 3, overheadSeconds: 7 });
});
