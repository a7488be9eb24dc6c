/** List prices of AWS in eu-central-1, without free tiers, in US dollars (pricing pages of the services, read in November 2026). */
const PRICES = {
  /** aws.amazon.com/step-functions/pricing: standard workflows. */
  stateTransition: 0.025 / 1000,
  /** aws.amazon.com/lambda/pricing: arm64, first tier. */
  lambdaRequest: 0.2 / 1_000_000,
  lambdaGibibyteSecond: 0.0000133334,
  /** aws.amazon.com/eventbridge/pricing: a run of EventBridge Scheduler. Events of AWS services on the default bus are free. */
  scheduledRun: 1 / 1_000_000,
} as const;

/** What an amount of work costs, in US dollars. */
export function cost(work: {
  readonly transitions: number;
  readonly invocations: number;
  readonly secondsAnInvocation: number;
  readonly gibibytes: number;
  readonly scheduledRuns: number;
}): number {
  const { transitions, invocations, secondsAnInvocation, gibibytes, scheduledRuns } = work;
  return (
    transitions * PRICES.stateTransition +
    invocations * (PRICES.lambdaRequest + secondsAnInvocation * gibibytes * PRICES.lambdaGibibyteSecond) +
    scheduledRuns * PRICES.scheduledRun
  );
}
