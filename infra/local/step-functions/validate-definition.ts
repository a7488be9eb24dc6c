import aslValidator from 'asl-validator';
import { InvalidDefinition } from './definition-error.ts';
import { type AslMachine, allStates, holdsPath, type LocatedState, visitStrings } from './states-language.ts';
import { parseTaskResource } from './task-resource.ts';

/** Fields whose meaning the local engine ignores: a machine that uses them would silently act differently. */
const unsupportedFields: Readonly<Record<string, readonly string[]>> = {
  Task: ['HeartbeatSeconds', 'HeartbeatSecondsPath', 'Credentials'],
  Map: [
    'ItemReader',
    'ItemBatcher',
    'ResultWriter',
    'ToleratedFailureCount',
    'ToleratedFailureCountPath',
    'ToleratedFailurePercentage',
    'ToleratedFailurePercentagePath',
  ],
};
const unsupportedEverywhere = ['Assign', 'Arguments', 'Output', 'Items'];

/**
 * Parses a definition and refuses what AWS would refuse (schema, targets, unreachable states) and what the local
 * engine cannot run as AWS does, so that a rehearsal never passes on a difference of the engine.
 * @throws InvalidDefinition with every reason found
 */
export function validateDefinition(machine: string, text: string): AslMachine {
  const definition = parse(machine, text);
  // The validator writes the query language into what it is given.
  const verdict = aslValidator(structuredClone(definition), {
    checkArn: true,
    checkPaths: true,
  });
  if (!verdict.isValid) throw new InvalidDefinition(machine, [verdict.errorsText('; ')]);
  if (definition.QueryLanguage !== undefined && definition.QueryLanguage !== 'JSONPath') {
    throw new InvalidDefinition(machine, ['the laptop runs JSONPath definitions only']);
  }
  const states = allStates(definition);
  const mapStates = new Set(states.filter(({ state }) => state.Type === 'Map').map(({ name }) => name));
  const reasons = states.flatMap((located) => reasonsAgainst(located, mapStates));
  if (reasons.length > 0) throw new InvalidDefinition(machine, reasons);
  return definition;
}

function parse(machine: string, text: string): AslMachine {
  try {
    return JSON.parse(text) as AslMachine;
  } catch (error) {
    throw new InvalidDefinition(machine, [`the definition is not JSON (${(error as Error).message})`]);
  }
}

function reasonsAgainst(located: LocatedState, mapStates: ReadonlySet<string>): readonly string[] {
  const { name, state } = located;
  const fields = [...unsupportedEverywhere, ...(unsupportedFields[state.Type] ?? [])];
  return [
    ...fields.filter((field) => field in state).map((field) => `${name}: '${field}' is not supported`),
    ...pathReasons(located, mapStates),
    ...typeReasons(located),
    ...matcherReasons(located),
  ];
}

function typeReasons({ name, state }: LocatedState): readonly string[] {
  if (state.Type === 'Task' && parseTaskResource(String(state.Resource)) === undefined) {
    return [`${name}: the laptop has no integration '${String(state.Resource)}'`];
  }
  if (state.Type === 'Fail' && state.Error === undefined && state.ErrorPath === undefined) {
    return [`${name}: a Fail state must name its Error (the local engine would invent one)`];
  }
  const processor = state.ItemProcessor as { ProcessorConfig?: { Mode?: string } } | undefined;
  if (processor?.ProcessorConfig?.Mode === 'DISTRIBUTED') {
    return [`${name}: a distributed Map is not supported`];
  }
  return [];
}

function pathReasons({ name, state, ancestors }: LocatedState, mapStates: ReadonlySet<string>): string[] {
  const reasons: string[] = [];
  const { Branches: _branches, ItemProcessor: _processor, Iterator: _iterator, ...own } = state;
  visitStrings(own, (text, key) => {
    if (!holdsPath(key)) {
      if (key === 'StringMatches' && /[?]|\*\*/.test(text)) {
        reasons.push(
          `${name}: in StringMatches the local engine gives '?' and '**' a meaning that AWS does not`,
        );
      }
      return;
    }
    if (/States\.JsonToString\(/.test(text)) {
      reasons.push(`${name}: the local engine drops backslashes from States.JsonToString`);
    }
    if (/\$\$\.State\.(?!Name\b|EnteredTime\b)/.test(text)) {
      reasons.push(`${name}: of $$.State only Name and EnteredTime are supported ('${text}')`);
    }
    const isSelector = mapStates.has(name);
    if (/\$\$\.Map\b/.test(text) && !isSelector && ancestors.some((ancestor) => mapStates.has(ancestor))) {
      reasons.push(`${name}: pass $$.Map.Item by ItemSelector, the local engine has it nowhere else`);
    }
    if ((key === 'ResultPath' || key.endsWith('.ResultPath')) && text.includes('[')) {
      reasons.push(`${name}: write ResultPath with dots ('${text}')`);
    }
  });
  return reasons;
}

function matcherReasons({ name, state }: LocatedState): readonly string[] {
  if (state.Type === 'Task') return [];
  const matchers = [...((state.Retry ?? []) as Matcher[]), ...((state.Catch ?? []) as Matcher[])];
  return matchers.some((matcher) => matcher.ErrorEquals.includes('States.TaskFailed'))
    ? [
        `${name}: States.TaskFailed on a ${state.Type} state matches nothing here; name the errors or States.ALL`,
      ]
    : [];
}

interface Matcher {
  readonly ErrorEquals: readonly string[];
}
