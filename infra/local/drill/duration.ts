import { z } from 'zod';

const MILLIS: Record<string, number> = { ms: 1, s: 1000, m: 60_000 };

/** A span such as `250ms`, `3s` or `1.5m`, as milliseconds. */
export const Duration = z
  .string()
  .regex(/^\d+(\.\d+)?(ms|s|m)$/, 'must be a duration such as 250ms, 3s or 1.5m')
  .transform((text) => {
    const [, amount = '0', unit = 'ms'] = /^([\d.]+)(\D+)$/.exec(text) ?? [];
    return Math.round(Number(amount) * (MILLIS[unit] ?? 1));
  });
