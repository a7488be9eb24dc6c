import type { StateMachineDefinition } from 'aws-local-stepfunctions';
import type { StateMachineRegistration } from '../deployer/registrars.ts';
import { adaptDefinition } from './adapt-definition.ts';
import { InvalidDefinition } from './definition-error.ts';
import { allStates, type LocatedState } from './states-language.ts';
import { validateDefinition } from './validate-definition.ts';

/** A state machine, ready to run. */
export interface Machine {
  readonly name: string;
  readonly arn: string;
  readonly roleArn: string;
  /** As it was registered. */
  readonly definition: string;
  readonly creationDate: Date;
  readonly states: readonly LocatedState[];
  /** What the engine runs. */
  readonly adapted: StateMachineDefinition;
}

/** @throws InvalidDefinition when AWS or the local engine could not run it, or it is an express workflow */
export function prepareMachine(
  registration: StateMachineRegistration,
  timeScale: number,
  creationDate: Date,
): Machine {
  if (registration.type !== 'STANDARD') {
    throw new InvalidDefinition(registration.name, ['the laptop runs STANDARD workflows only']);
  }
  const definition = validateDefinition(registration.name, registration.definition);
  return {
    name: registration.name,
    arn: registration.arn,
    roleArn: registration.roleArn,
    definition: registration.definition,
    creationDate,
    states: allStates(definition),
    adapted: adaptDefinition(definition, timeScale),
  };
}
