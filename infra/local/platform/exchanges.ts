import { type HealthServer, startHealthServer } from './health-server.ts';

/** Starts a venue with a public status endpoint at `/health`. @param name as in the configuration, e.g. `kraken`. */
export function startExchange(name: string): Promise<HealthServer> {
  return startHealthServer(name, {
    path: '/health',
    body: () => ({ status: 'online', serverTime: new Date().toISOString() }),
  });
}
