import { describe, expect, it } from 'vitest';
import { readSignal } from '../../shared/incident/signal.ts';

const context = {
  executionId: 'arn:aws:states:eu-central-1:111111111111:execution:incident-response:one',
  executionStartedAt: '2026-01-31T03:05:07.123Z',
  alarmSeverities: { 'testudo-sudden-data-loss': 'P0', 'testudo-database-slow': 'P1' } as const,
};
const alarm = {
  id: 'event-1',
  source: 'aws.cloudwatch',
  'detail-type': 'CloudWatch Alarm State Change',
  time: '2026-01-31T03:05:07Z',
  detail: {
    alarmName: 'testudo-sudden-data-loss',
    state: { value: 'ALARM', reason: 'Threshold crossed', timestamp: '2026-01-31T03:05:06.500+0000' },
  },
};

describe('a signal', () => {
  it('of an alarm was detected when the alarm changed, by no person', () => {
    expect(readSignal(alarm, context)).toMatchObject({
      source: 'alarm',
      severity: 'P0',
      detectedAt: '2026-01-31T03:05:06.500Z',
      origin: 'event-1',
      initiator: { kind: 'machine', id: 'testudo-sudden-data-loss' },
    });
  });

  it('of an operator names a claimed person, because the input proves nobody', () => {
    const input = {
      severity: 'P0',
      summary: 'prices are wrong',
      startedBy: 'Alice',
      restorePoint: '2026-01-31T03:00:00.123456Z',
    };
    expect(readSignal(input, context)).toMatchObject({
      source: 'operator',
      initiator: { kind: 'claimed-person', id: 'Alice' },
      restorePoint: '2026-01-31T03:00:00.123456Z',
      detectedAt: context.executionStartedAt,
    });
  });

  it('of an operator has its restore point in UTC, whatever zone it was typed in', () => {
    const input = { severity: 'P0', summary: 'x', restorePoint: '2026-02-01T00:05:07.123456+02:00' };
    expect(readSignal(input, context).restorePoint).toBe('2026-01-31T22:05:07.123456Z');
  });

  it('of the emergency endpoint can only come from a token', () => {
    const input = {
      trigger: 'emergency-endpoint',
      severity: 'P0',
      summary: 'stop',
      requestId: 'r-1',
      actor: { kind: 'token', id: 'primary' },
      detectedAt: '2026-01-31T03:05:00.000Z',
    };
    expect(readSignal(input, context)).toMatchObject({ source: 'emergency-endpoint', origin: 'r-1' });
    expect(() => readSignal({ ...input, actor: { kind: 'person', id: 'arn:x' } }, context)).toThrow(
      /actor\.kind/,
    );
  });

  it.each([
    ['nothing', undefined, /\(whole\)/],
    ['a text', 'P0', /\(whole\)/],
    ['a list', [], /\(whole\)/],
    ['no severity', { summary: 'x' }, /^severity:/],
    ['an unknown severity', { severity: 'P9', summary: 'x' }, /^severity:/],
    ['an empty summary', { severity: 'P0', summary: '' }, /^summary:/],
    ['a summary that is no text', { severity: 'P0', summary: 7 }, /^summary:/],
    ['an unknown key', { severity: 'P0', summary: 'x', restorepoint: 'y' }, /restorepoint/],
    [
      'a restore point without zone',
      { severity: 'P0', summary: 'x', restorePoint: '2026-01-31 03:05:07' },
      /^restorePoint:/,
    ],
    [
      'a restore point in no zone, to the second',
      { severity: 'P0', summary: 'x', restorePoint: '2026-01-31T03:05:07' },
      /^restorePoint: must be a time with its zone/,
    ],
    [
      'a day that does not exist',
      { severity: 'P0', summary: 'x', restorePoint: '2026-02-30T03:05:07Z' },
      /^restorePoint:/,
    ],
    [
      'an alarm that is over',
      { ...alarm, detail: { ...alarm.detail, state: { ...alarm.detail.state, value: 'OK' } } },
      /detail\.state\.value/,
    ],
    [
      'an alarm nobody configured',
      { ...alarm, detail: { ...alarm.detail, alarmName: 'other' } },
      /detail\.alarmName/,
    ],
    [
      'an alarm without a time',
      { ...alarm, detail: { ...alarm.detail, state: { value: 'ALARM', timestamp: 'soon' } } },
      /timestamp/,
    ],
    ['an event of another service', { ...alarm, source: 'aws.ec2' }, /^source:/],
  ])('with %s is refused by the name of its field', (_what, request, message) => {
    expect(() => readSignal(request, context)).toThrow(message);
    expect(() => readSignal(request, context)).toThrow(expect.objectContaining({ name: 'InvalidInput' }));
  });
});
