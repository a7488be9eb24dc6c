/** `asl-validator` ships no types. */
declare module 'asl-validator' {
  interface Verdict {
    readonly isValid: boolean;
    errorsText(separator?: string): string;
  }

  function validate(
    definition: object,
    options?: { readonly checkArn: boolean; readonly checkPaths: boolean },
  ): Verdict;

  export = validate;
}
