import * as z from 'zod';
import { DEGRADED_LATENCY_MILLIS } from './latency.ts';

/** What a health endpoint must answer: HTTP 2xx with this JSON. An HTML page with status 200 is no health. */
const HealthBody = z.object({ status: z.string().transform((text) => text.toLowerCase()) });

const HEALTHY = new Set(['ok', 'up', 'online', 'healthy', 'pass', 'operational']);

/** One look at a health endpoint. */
export interface HealthReading {
  readonly healthy: boolean;
  readonly reason: string;
  readonly latencyMillis: number;
}

/** Asks a health endpoint once. Every failure is a reading with its reason, never an error: the finding is the result. */
export async function readHealth(url: string, timeoutMillis: number): Promise<HealthReading> {
  const startedAt = performance.now();
  const reading = (healthy: boolean, reason: string): HealthReading => ({
    healthy,
    reason,
    latencyMillis: Math.round(performance.now() - startedAt),
  });
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(timeoutMillis), redirect: 'error' });
    const text = await response.text();
    if (!response.ok) return reading(false, `HTTP ${response.status}`);
    const body = HealthBody.safeParse(parseJson(text));
    if (!body.success) return reading(false, `HTTP ${response.status} without {"status": ...}`);
    return reading(HEALTHY.has(body.data.status), `says ${JSON.stringify(body.data.status)}`);
  } catch (error) {
    const { name, message, cause } = error as Error;
    const code = (cause as { code?: string } | undefined)?.code;
    return reading(
      false,
      name === 'TimeoutError' ? `no answer within ${timeoutMillis} ms` : (code ?? message),
    );
  }
}

/**
 * Asks until one answer is healthy and quick, at most `attempts` times in a row: neither a lost packet nor the first handshake is an
 * outage. Gives the best reading: healthy before unhealthy, then the quickest.
 */
export async function readHealthRepeatedly(
  url: string,
  { timeoutMillis, attempts }: { readonly timeoutMillis: number; readonly attempts: number },
): Promise<HealthReading> {
  let best = await readHealth(url, timeoutMillis);
  for (let attempt = 1; attempt < attempts && !isGood(best); attempt += 1) {
    const reading = await readHealth(url, timeoutMillis);
    if (isBetter(reading, best)) best = reading;
  }
  return best;
}

function isGood({ healthy, latencyMillis }: HealthReading): boolean {
  return healthy && latencyMillis <= DEGRADED_LATENCY_MILLIS;
}

function isBetter(left: HealthReading, right: HealthReading): boolean {
  return left.healthy === right.healthy ? left.latencyMillis < right.latencyMillis : left.healthy;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
