import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { z } from 'zod';
import { PlatformData } from '../../shared/database/platform-data.ts';
import { resolveEnvironment, UnknownEnvironment } from '../environments.ts';
import { type Configuration, Environment } from './configuration.ts';

/** The configuration cannot be used. One line a mistake, each of which names the key in `cdk.json`. */
export class InvalidConfiguration extends Error {
  override readonly name = 'InvalidConfiguration';
}

/**
 * Reads one environment of the context key `environments` in `cdk.json`, and the files that it names.
 * @param directory that relative file names start from.
 * @throws {InvalidConfiguration} for every mistake at once.
 */
export function loadConfiguration(
  environments: unknown,
  environmentName: string,
  directory: string,
): Configuration {
  const known = z.record(z.string(), z.unknown()).safeParse(environments);
  if (!known.success) throw new InvalidConfiguration('cdk.json: context.environments: must be an object');
  const root = `cdk.json: context.environments.${environmentName}`;
  const environment = Environment.safeParse(resolved(known.data, environmentName));
  if (!environment.success) throw new InvalidConfiguration(describe(environment.error, root));
  const { platformDataFile, database, exchangePositions } = environment.data;
  const platformData = readPlatformData(directory, platformDataFile, root);
  if (Object.keys(exchangePositions.urls).length > 0 && platformData.netPositionsSql === undefined) {
    throw new InvalidConfiguration(
      `${platformDataFile}.netPositionsSql: is needed to compare with ${root}.exchangePositions.urls`,
    );
  }
  return {
    ...environment.data,
    environmentName,
    platformData,
    certificateAuthorityPem: readIfPresent(database.certificateAuthorityFile, directory),
  };
}

function resolved(environments: Readonly<Record<string, unknown>>, name: string): unknown {
  try {
    return resolveEnvironment(environments, name);
  } catch (error) {
    if (!(error instanceof UnknownEnvironment)) throw error;
    const key = error.namedBy === null ? name : `${error.namedBy}.like`;
    throw new InvalidConfiguration(`cdk.json: context.environments.${key}: ${error.message}`);
  }
}

function readPlatformData(directory: string, fileName: string, root: string): PlatformData {
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(resolve(directory, fileName), 'utf8'));
  } catch (error) {
    throw new InvalidConfiguration(`${root}.platformDataFile: ${(error as Error).message}`);
  }
  const platformData = PlatformData.safeParse(content);
  if (!platformData.success) throw new InvalidConfiguration(describe(platformData.error, fileName));
  return platformData.data;
}

function readIfPresent(fileName: string | undefined, directory: string): string | undefined {
  if (fileName === undefined) return undefined;
  const file = resolve(directory, fileName);
  return existsSync(file) ? readFileSync(file, 'utf8') : undefined;
}

function describe(error: z.ZodError, root: string): string {
  return error.issues
    .flatMap((issue) => {
      const path = [root, ...issue.path.map(String)].join('.');
      if (issue.code !== 'unrecognized_keys') return [`${path}: ${issue.message}`];
      return issue.keys.map((key) => `${path}.${key}: is not a known key`);
    })
    .join('\n');
}
