import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, isAbsolute, join } from 'node:path';
import { parse, YAMLParseError } from 'yaml';
import type { z } from 'zod';
import { Scenario } from './scenario.ts';

/** A scenario file does not say what a scenario must say; the message names the file and every wrong key. */
export class InvalidScenario extends Error {
  override readonly name = 'InvalidScenario';
}

/** There is no scenario of that name; the message lists those that there are. */
export class UnknownScenario extends Error {
  override readonly name = 'UnknownScenario';
}

/** Where scenarios are looked for. */
export interface ScenarioPlaces {
  /** Directory of the project's own scenarios. */
  readonly directory: string;
  /** Directory from which a relative path counts. */
  readonly workingDirectory: string;
}

/** Names of the project's own scenarios. */
export function knownScenarios(directory: string): string[] {
  return readdirSync(directory)
    .filter((file) => file.endsWith('.yaml'))
    .map((file) => basename(file, '.yaml'))
    .sort();
}

/**
 * Reads a scenario by its name or by the path of its file.
 * @throws {UnknownScenario}
 * @throws {InvalidScenario}
 */
export function loadScenario(nameOrPath: string, places: ScenarioPlaces): Scenario {
  const path = findScenario(nameOrPath, places);
  return parseScenario(readFileSync(path, 'utf8'), path);
}

/**
 * @param file is named in the error.
 * @throws {InvalidScenario}
 */
export function parseScenario(text: string, file: string): Scenario {
  const result = Scenario.safeParse(parsed(text, file));
  if (result.success) return result.data;
  const lines = result.error.issues.flatMap(describe).map((line) => `  ${line}`);
  throw new InvalidScenario([`${file} is no valid scenario:`, ...lines].join('\n'));
}

function findScenario(nameOrPath: string, { directory, workingDirectory }: ScenarioPlaces): string {
  const isPath = /[/\\]|\.ya?ml$/.test(nameOrPath);
  const path = isPath
    ? isAbsolute(nameOrPath)
      ? nameOrPath
      : join(workingDirectory, nameOrPath)
    : join(directory, `${nameOrPath}.yaml`);
  if (existsSync(path)) return path;
  const known = knownScenarios(directory).join(', ');
  throw new UnknownScenario(
    `There is no scenario ${nameOrPath}. Known are: ${known}; or give the path of a file.`,
  );
}

function parsed(text: string, file: string): unknown {
  try {
    return parse(text);
  } catch (error) {
    if (!(error instanceof YAMLParseError)) throw error;
    const [problem] = error.message.split('\n');
    throw new InvalidScenario(`${file} is no valid YAML: ${problem}`, { cause: error });
  }
}

/** One line for each key that is wrong. */
function describe(issue: z.core.$ZodIssue): string[] {
  const at = (key?: PropertyKey) =>
    [...issue.path, ...(key === undefined ? [] : [key])].join('.') || 'scenario';
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => `${at(key)}: unknown key`);
  return [`${at()}: ${issue.message}`];
}
