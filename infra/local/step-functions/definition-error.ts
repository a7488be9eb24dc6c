/** A state machine definition that AWS would refuse, or that the local engine would run differently from AWS. */
export class InvalidDefinition extends Error {
  override readonly name = 'InvalidDefinition';

  constructor(machine: string, reasons: readonly string[]) {
    super(`State machine '${machine}': ${reasons.join('; ')}`);
  }
}
