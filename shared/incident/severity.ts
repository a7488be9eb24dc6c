import * as z from 'zod';

/** SOP-003 "Severity Levels": P0 halts trading, P3 is cosmetic. */
export const Severity = z.enum(['P0', 'P1', 'P2', 'P3']);
export type Severity = z.infer<typeof Severity>;

/** How soon somebody must act and how soon it must be over, in seconds from detection. */
export interface SeverityTargets {
  readonly title: string;
  readonly responseSeconds: number;
  readonly resolutionSeconds: number;
}

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Response time and resolution target of each severity. "Next business day" counts as one day: a machine does not wait for Monday. */
export const SEVERITY_TARGETS: Record<Severity, SeverityTargets> = {
  P0: { title: 'Critical (trading halted)', responseSeconds: 5 * MINUTE, resolutionSeconds: HOUR },
  P1: { title: 'High (degraded trading)', responseSeconds: 15 * MINUTE, resolutionSeconds: 4 * HOUR },
  P2: { title: 'Medium (minor impact)', responseSeconds: HOUR, resolutionSeconds: DAY },
  P3: { title: 'Low (cosmetic)', responseSeconds: DAY, resolutionSeconds: 7 * DAY },
};

/** The graver of two severities. */
export function graver(left: Severity, right: Severity): Severity {
  return left < right ? left : right;
}
