import { z } from 'zod';

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

/** Asks until one answer is healthy, at most `attempts` times in a row; a single lost packet is no outage. Gives the last reading. */
export async function readHealthRepeatedly(
  url: string,
  timeoutMillis: number,
  attempts: number,
): Promise<HealthReading> {
  let reading = await readHealth(url, timeoutMillis);
  for (let attempt = 1; attempt < attempts && !reading.healthy; attempt += 1) {
    reading = await readHealth(url, timeoutMillis);
  }
  return reading;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
