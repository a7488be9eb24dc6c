/** Invocations of one schedule that may be under way at the same time; further ticks are left out and counted. */
const backlogLimit = 3;

/** Rings schedules at their rate. Like AWS it does not wait for the last invocation, but only up to a backlog. */
export class ScheduleClock {
  readonly #timeScale: number;
  readonly #timers: NodeJS.Timeout[] = [];
  readonly #waiting: (() => void)[] = [];
  readonly #skipped = new Map<string, number>();
  #isStarted = false;

  constructor(timeScale: number) {
    this.#timeScale = timeScale;
  }

  /**
   * Adds a schedule; it first rings one period after the clock has started.
   * @param periodMillis in real time, divided by the time scale
   * @param ring resolves when the invocation is over; must not reject
   */
  add(name: string, periodMillis: number, ring: () => Promise<void>): void {
    let underWay = 0;
    const tick = () => {
      if (underWay >= backlogLimit) {
        this.#skipped.set(name, (this.#skipped.get(name) ?? 0) + 1);
        return;
      }
      underWay += 1;
      void ring().finally(() => {
        underWay -= 1;
      });
    };
    const begin = () => this.#timers.push(setInterval(tick, periodMillis / this.#timeScale));
    if (this.#isStarted) begin();
    else this.#waiting.push(begin);
  }

  /** Lets the schedules run, and those that are added later from then on. */
  start(): void {
    this.#isStarted = true;
    for (const begin of this.#waiting.splice(0)) begin();
  }

  /** Ticks that were left out because of the backlog, by name of the schedule. */
  skippedTicks(): ReadonlyMap<string, number> {
    return this.#skipped;
  }

  stop(): void {
    this.#isStarted = false;
    for (const timer of this.#timers.splice(0)) clearInterval(timer);
  }
}
