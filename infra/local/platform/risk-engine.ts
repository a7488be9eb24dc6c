import { type HealthServer, startHealthServer } from './health-server.ts';

/** Starts the platform's risk engine, with its health at `/health`. */
export function startRiskEngine(): Promise<HealthServer> {
  return startHealthServer('risk-engine', { path: '/health', body: () => ({ status: 'ok' }) });
}
