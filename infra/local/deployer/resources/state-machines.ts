import { physicalName } from '../physical-name.ts';
import { at, invalid, optionalText, text } from '../property-reader.ts';
import { arnIn, type Resource, type ResourceType } from '../resource-type.ts';
import { requireMachinePermissions } from '../service-permissions.ts';

/** AWS::StepFunctions::StateMachine */
export const stateMachine: ResourceType = {
  type: 'AWS::StepFunctions::StateMachine',
  properties: [
    'StateMachineName',
    'StateMachineType',
    'RoleArn',
    'Definition',
    'DefinitionString',
    'DefinitionSubstitutions',
    'LoggingConfiguration',
    'TracingConfiguration',
    'EncryptionConfiguration',
    'Tags',
  ],
  async create(resource, context) {
    const name = optionalText(resource, 'StateMachineName') ?? physicalName(resource, context, 80);
    const arn = arnIn(context, 'states', `stateMachine:${name}`);
    const roleArn = text(resource, 'RoleArn');
    context.authorizer.requireAssumable(roleArn, 'states.amazonaws.com');
    const definition = definitionOf(resource);
    await context.registrars.stateMachines.registerStateMachine({
      name,
      arn,
      roleArn,
      definition,
      type: optionalText(resource, 'StateMachineType') === 'EXPRESS' ? 'EXPRESS' : 'STANDARD',
    });
    context.finally(() =>
      requireMachinePermissions(context, {
        roleArn,
        logged: (optionalText(resource, 'LoggingConfiguration.Level') ?? 'OFF') !== 'OFF',
        traced: optionalText(resource, 'TracingConfiguration.Enabled') === 'true',
        waitsForChildren: definition.includes(':states:startExecution.sync'),
      }),
    );
    return { ref: arn, attributes: { Arn: arn, Name: name } };
  },
};

/** CloudFormation replaces `${name}` in the text of the definition by the substitution of that name. */
function definitionOf(resource: Resource): string {
  const object = at(resource, 'Definition');
  const source = object === undefined ? text(resource, 'DefinitionString') : JSON.stringify(object);
  const substitutions = (at(resource, 'DefinitionSubstitutions') ?? {}) as Record<string, unknown>;
  return source.replace(/\$\{([A-Za-z0-9_]+)\}/g, (placeholder, name: string) => {
    if (!Object.hasOwn(substitutions, name)) {
      throw invalid('DefinitionSubstitutions', `nothing is given for "${placeholder}"`);
    }
    return JSON.stringify(String(substitutions[name])).slice(1, -1);
  });
}
