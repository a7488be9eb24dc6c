import { readFile } from 'node:fs/promises';
import type { ClientBase } from 'pg';
import { escapeIdentifier, escapeLiteral } from 'pg';

/** How much the platform holds when a rehearsal begins. */
export interface PlatformSize {
  readonly users: number;
  readonly openPositions: number;
  /** At least one for each open position. */
  readonly trades: number;
}

/** What the trading services sign in with. */
export interface TradingAccount {
  readonly user: 'trading_app';
  readonly password: string;
}

/** Who there is in the database. */
export interface PlatformRoles {
  /** Owns everything that the platform keeps; exists already. */
  readonly owner: string;
  readonly trading: TradingAccount;
  /** SQL that makes the user of the recovery (docs/database-user.sql). */
  readonly recoveryGrants: string;
}

/** The size asks for something that the platform cannot be. */
class InvalidPlatformSize extends Error {
  override readonly name = 'InvalidPlatformSize';
}

/**
 * Makes schema, rows and roles in an empty database. `client` signs in as a superuser.
 * @throws {InvalidPlatformSize} naming the field.
 */
export async function preparePlatform(
  client: ClientBase,
  size: PlatformSize,
  { owner, trading, recoveryGrants }: PlatformRoles,
): Promise<void> {
  for (const field of ['users', 'openPositions', 'trades'] as const) {
    if (!Number.isSafeInteger(size[field]) || size[field] < 1)
      throw new InvalidPlatformSize(`${field}: must be a positive whole number`);
  }
  if (size.trades < size.openPositions)
    throw new InvalidPlatformSize('trades: must be at least one for each open position');
  await client.query('CREATE EXTENSION pg_stat_statements');
  await client.query(`CREATE ROLE ${trading.user} LOGIN PASSWORD ${escapeLiteral(trading.password)}`);
  await client.query(`GRANT CREATE ON SCHEMA public TO ${escapeIdentifier(owner)}`);
  await client.query(`SET ROLE ${escapeIdentifier(owner)}`);
  await client.query(await sql('schema.sql'));
  await client.query(
    (await sql('seed.sql'))
      .replaceAll('$users', String(size.users))
      .replaceAll('$openPositions', String(size.openPositions))
      .replaceAll('$trades', String(size.trades)),
  );
  await client.query('RESET ROLE');
  await client.query(recoveryGrants);
  await client.query(`GRANT testudo_applications TO ${trading.user}`);
}

function sql(file: string): Promise<string> {
  return readFile(new URL(file, import.meta.url), 'utf8');
}
