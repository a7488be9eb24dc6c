import { Client, type ClientConfig } from 'pg';
import type { Laptop } from '../laptop.ts';
import { endAll, exhaustConnections, holdRows, holdTable } from './database-sessions.ts';
import { rotatePassword } from './rotate-password.ts';
import type { ScenarioFault } from './scenario.ts';

/** A fault names something that the laptop does not have. */
export class ImpossibleFault extends Error {
  override readonly name = 'ImpossibleFault';
}

/** A fault that was caused. */
export interface Disturbance {
  /** Ends what goes on disturbing. */
  end(): Promise<void>;
  /** What the fault was meant to strike and never met; a drill without its fault proves nothing. */
  unmet(): string | undefined;
}

/**
 * Breaks one thing.
 * @returns what must be ended when the drill is over.
 * @throws {ImpossibleFault} naming what does not exist, or what the database says of wrong SQL.
 */
export async function causeFault(fault: ScenarioFault, laptop: Laptop): Promise<Disturbance> {
  if (fault.sql !== undefined) await runSql(laptop.platform.adminConnection(), fault.sql);
  if (fault.copy !== undefined) laptop.platform.rds.damageCopies(fault.copy);
  if (fault.copyPage !== undefined) laptop.platform.rds.damageCopyPages(fault.copyPage);
  if (fault.exchange !== undefined) {
    const { name, fails } = fault.exchange;
    const exchange = laptop.platform.exchanges.get(name);
    if (exchange === undefined) {
      const known = [...laptop.platform.exchanges.keys()].join(', ');
      throw new ImpossibleFault(`faults: exchange.name: there is no ${name}, only ${known}`);
    }
    exchange.fail(fails);
  }
  if (fault.riskEngine !== undefined) laptop.platform.riskEngine.fail(fault.riskEngine);
  if (fault.storageKey !== undefined)
    laptop.services.kms.put(laptop.protectedPlatform.database.kmsKeyArn, fault.storageKey);
  if (fault.wal !== undefined) damageArchive(fault.wal, laptop);
  if (fault.aws !== undefined) return failCalls(fault.aws, laptop);
  if (fault.rdsEvents !== undefined) return mistreatEvents(fault.rdsEvents, laptop);
  if (fault.copySettings !== undefined) return changeCopy(fault.copySettings, laptop);
  if (fault.executionStopped !== undefined) return stopExecution(fault.executionStopped.at, laptop);
  if (fault.nextCopy !== undefined) return befallCopy(fault.nextCopy, laptop);
  return fault.database === undefined ? done : breakDatabase(fault.database, laptop);
}

/** One line that says what a fault does. */
export function describeFault(fault: ScenarioFault): string {
  if (fault.sql !== undefined) return fault.sql;
  if (fault.copy !== undefined) return `each restored copy: ${fault.copy.trim()}`;
  if (fault.copyPage !== undefined) return `each restored copy: a page of ${fault.copyPage} is damaged`;
  if (fault.database !== undefined) return `the database: ${fault.database}`;
  if (fault.wal !== undefined) return `the archive of WAL: a segment is ${fault.wal}`;
  if (fault.exchange !== undefined) return `the exchange ${fault.exchange.name}: ${fault.exchange.fails}`;
  if (fault.riskEngine !== undefined) return `the risk engine: ${fault.riskEngine}`;
  if (fault.rdsEvents !== undefined) return `events of RDS: ${fault.rdsEvents}`;
  if (fault.storageKey !== undefined) return `the key of the storage: ${fault.storageKey}`;
  if (fault.aws !== undefined) {
    const { service, operation, error, times, when } = fault.aws;
    return `${service} ${operation}: ${error} ${when} taking effect, ${times} times`;
  }
  if (fault.copySettings !== undefined) {
    const { at, loses } = fault.copySettings;
    return `the copy loses ${loses.join(', ')} at ${at}`;
  }
  if (fault.executionStopped !== undefined) return `the execution is stopped at ${fault.executionStopped.at}`;
  if (fault.nextCopy !== undefined) return `the next copy: ${fault.nextCopy}`;
  return 'nothing';
}

const done: Disturbance = { end: async () => undefined, unmet: () => undefined };

async function runSql(connection: ClientConfig, sql: string): Promise<void> {
  const client = new Client(connection);
  await client.connect();
  try {
    await client.query(sql);
  } catch (cause) {
    throw new ImpossibleFault(`faults: sql: ${JSON.stringify(sql)}: ${(cause as Error).message}`, { cause });
  } finally {
    await client.end();
  }
}

function mistreatEvents(how: NonNullable<ScenarioFault['rdsEvents']>, { services }: Laptop): Disturbance {
  const { eventBridge } = services;
  const untidy = how === 'lost' ? eventBridge.lose('aws.rds') : eventBridge.disorder('aws.rds');
  return {
    end: async () => untidy.end(),
    unmet: () => (untidy.count() === 0 ? `RDS sent no event that could have been ${how}` : undefined),
  };
}

function befallCopy(fate: NonNullable<ScenarioFault['nextCopy']>, { platform }: Laptop): Disturbance {
  const { nextRestore } = platform.rds;
  nextRestore.befall(fate);
  return {
    ...done,
    unmet: () => (nextRestore.unmet > 0 ? `no copy was made that could be ${fate}` : undefined),
  };
}

function failCalls(
  { service, operation, caller, error, status, times, when }: NonNullable<ScenarioFault['aws']>,
  { services, system }: Laptop,
): Disturbance {
  const callerArn = caller === undefined ? undefined : system.functions[caller];
  if (caller !== undefined && callerArn === undefined) {
    throw new ImpossibleFault(`faults: aws.caller: no function is called ${caller}`);
  }
  const armed = services.frontDoor.injectFault({
    service,
    operation,
    times,
    when,
    ...(callerArn !== undefined && { caller: callerArn.split(':').at(-1) ?? '' }),
    error: error === 'connection-reset' || error === 'timeout' ? error : { name: error, status },
  });
  const left = () => times - armed.struck();
  return {
    end: async () => armed.disarm(),
    unmet: () =>
      left() > 0 ? `${left()} of ${times} calls of ${service} ${operation} were never made` : undefined,
  };
}

function damageArchive(
  how: NonNullable<ScenarioFault['wal']>,
  { platform, protectedPlatform }: Laptop,
): void {
  const { identifier } = protectedPlatform.database;
  // Every restore from the newest backup begins with the first segment, wherever its target lies.
  if (how === 'missing') platform.rds.removeWalSegment(identifier, 'first');
  else platform.rds.corruptWalSegment(identifier, 'first');
}

/** Waits for the state in which the copy is to be changed; the copy is known by its tags. */
function changeCopy(
  { at, loses }: NonNullable<ScenarioFault['copySettings']>,
  { services, platform }: Laptop,
): Disturbance {
  return strikeOnce(services, at, `no copy was there when ${at} was entered, or it never was`, () => {
    const copy = platform.rds.instances().find(({ tags }) => tags.get('testudo:role') === 'restored');
    if (copy === undefined) return false;
    for (const change of loses) platform.rds.alter(copy.identifier, change);
    return true;
  });
}

/** Stops the first execution that enters the state: what the state has begun by then goes on by itself. */
function stopExecution(at: string, { services }: Laptop): Disturbance {
  return strikeOnce(services, at, `no execution entered ${at}`, (executionArn) => {
    services.stepFunctions.stopExecution(executionArn);
    return true;
  });
}

/**
 * Strikes when the state is entered, once.
 * @param strike whether it found what it strikes; otherwise the next entry is waited for.
 */
function strikeOnce(
  { stepFunctions }: Laptop['services'],
  at: string,
  unmet: string,
  strike: (executionArn: string) => boolean,
): Disturbance {
  let isAwaited = true;
  stepFunctions.onStateEntered(({ state, executionArn }) => {
    if (isAwaited && state === at) isAwaited = !strike(executionArn);
  });
  return {
    end: async () => {
      isAwaited = false;
    },
    unmet: () => (isAwaited ? unmet : undefined),
  };
}

async function breakDatabase(
  how: NonNullable<ScenarioFault['database']>,
  laptop: Laptop,
): Promise<Disturbance> {
  const { platform, protectedPlatform, tradingConnection } = laptop;
  const { identifier } = protectedPlatform.database;
  switch (how) {
    case 'stop':
      await platform.rds.stopDatabase(identifier);
      return done;
    case 'instance-stopped':
      await platform.rds.stopInstance(identifier);
      return done;
    case 'storage-lost':
      await platform.rds.loseStorage(identifier);
      return done;
    case 'security-group-lost':
      platform.rds.loseSecurityGroups(identifier);
      return done;
    case 'password-rotated':
      await rotatePassword(laptop);
      return done;
    case 'too-small':
      platform.rds.outgrow(identifier);
      return done;
    case 'crash':
      await platform.rds.crash(identifier);
      return done;
    case 'pages':
      await platform.rds.corruptHeapPage(identifier, 'trades');
      return done;
    case 'connections': {
      const sessions = await exhaustConnections(tradingConnection);
      return { ...done, end: () => endAll(sessions) };
    }
    case 'slow': {
      const sessions = await holdTable(tradingConnection);
      return { ...done, end: () => endAll(sessions) };
    }
    case 'settlement': {
      const sessions = await holdRows(tradingConnection);
      return { ...done, end: () => endAll(sessions) };
    }
  }
}
