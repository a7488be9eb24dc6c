import { readFile } from 'node:fs/promises';
import type { ClientBase } from 'pg';
import { escapeLiteral } from 'pg';

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

/** The size asks for something that the platform cannot be. */
export class InvalidPlatformSize extends Error {
  override readonly name = 'InvalidPlatformSize';
}

/**
 * Makes schema, rows and roles in an empty database. `client` signs in as a superuser; `recoveryGrants` is the SQL that an
 * operator runs for the user of the recovery (docs/database-user.sql).
 * @throws {InvalidPlatformSize} naming the field.
 */
export async function preparePlatform(
  client: ClientBase,
  size: PlatformSize,
  account: TradingAccount,
  recoveryGrants: string,
): Promise<void> {
  for (const [field, count] of Object.entries(size)) {
    if (!Number.isSafeInteger(count) || count < 1)
      throw new InvalidPlatformSize(`${field}: must be a positive whole number`);
  }
  if (size.trades < size.openPositions)
    throw new InvalidPlatformSize('trades: must be at least one for each open position');
  await client.query(await sql('schema.sql'));
  await client.query(`ALTER ROLE ${account.user} PASSWORD ${escapeLiteral(account.password)}`);
  await client.query(recoveryGrants);
  await client.query(
    (await sql('seed.sql'))
      .replaceAll('$users', String(size.users))
      .replaceAll('$openPositions', String(size.openPositions))
      .replaceAll('$trades', String(size.trades)),
  );
}

function sql(file: string): Promise<string> {
  return readFile(new URL(file, import.meta.url), 'utf8');
}
