/** A schedule that the laptop does not run. */
class UnsupportedSchedule extends Error {
  override readonly name = 'UnsupportedSchedule';

  constructor(expression: string, reason: string) {
    super(`Schedule '${expression}': ${reason}`);
  }
}

const unitMillis: Readonly<Record<string, number>> = { minute: 60_000, hour: 3_600_000, day: 86_400_000 };

/**
 * The period of `rate(value unit)` in milliseconds of real time.
 * @throws UnsupportedSchedule for anything else: a time of day means nothing on a scaled clock
 */
export function ratePeriodMillis(expression: string): number {
  const match = /^rate\((\d+) (minute|hour|day)(s?)\)$/.exec(expression);
  const value = Number(match?.[1]);
  const millis = unitMillis[match?.[2] ?? ''];
  if (millis === undefined || value < 1) {
    throw new UnsupportedSchedule(expression, 'the laptop runs rate(<n> minute|hour|day[s]) only');
  }
  if ((value === 1) !== (match?.[3] === '')) {
    throw new UnsupportedSchedule(
      expression,
      'the unit is singular for 1 and plural for more, as AWS demands',
    );
  }
  return value * millis;
}
