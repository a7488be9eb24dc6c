/** One thing that was collected, or why it could not be. */
type Collected<Value> = { readonly collected: Value } | { readonly failed: string };

/** What is collected from outside the database; each part is collected even when the others fail. */
export interface DiagnosticSources {
  instance(): Promise<unknown>;
  logLines(): Promise<readonly string[]>;
  alarmHistory(alarmName: string): Promise<readonly unknown[]>;
}

/** SOP step 1.4 from outside the database, as it is stored. */
export interface PlatformDiagnostics {
  readonly incidentId: string;
  readonly collectedAt: string;
  readonly instance: Collected<unknown>;
  readonly logLines: Collected<readonly string[]>;
  readonly alarmHistory: Readonly<Record<string, Collected<readonly unknown[]>>>;
}

/** Collects everything at once. A source that fails is noted in its place, never an error: half of the evidence beats none. */
export async function collectPlatformDiagnostics(
  incidentId: string,
  collectedAt: string,
  alarmNames: readonly string[],
  sources: DiagnosticSources,
): Promise<PlatformDiagnostics> {
  const [instance, logLines, histories] = await Promise.all([
    attempt(() => sources.instance()),
    attempt(() => sources.logLines()),
    Promise.all(
      alarmNames.map(async (name) => [name, await attempt(() => sources.alarmHistory(name))] as const),
    ),
  ]);
  return { incidentId, collectedAt, instance, logLines, alarmHistory: Object.fromEntries(histories) };
}

/** Names of the parts that could not be collected. */
export function missingParts(diagnostics: PlatformDiagnostics): string[] {
  const { instance, logLines, alarmHistory } = diagnostics;
  return Object.entries({ instance, logLines, ...alarmHistory })
    .filter(([, part]) => 'failed' in part)
    .map(([name]) => name);
}

async function attempt<Value>(collect: () => Promise<Value>): Promise<Collected<Value>> {
  try {
    return { collected: await collect() };
  } catch (error) {
    const { name, message } = error as Error;
    return { failed: `${name}: ${message}` };
  }
}
