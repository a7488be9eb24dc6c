/** A part of a REST API that the laptop does not serve as API Gateway would. */
export class UnsupportedRestApi extends Error {
  override readonly name = 'UnsupportedRestApi';

  constructor(part: string, reason: string) {
    super(`REST API, ${part}: ${reason}`);
  }
}
