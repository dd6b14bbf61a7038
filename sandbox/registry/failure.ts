/** A request that is answered with an error: the HTTP status, and the registry's own code and words. */
export class RegistryFailure extends Error {
  constructor(
    readonly status: number,
    readonly code: number,
    message: string,
  ) {
    super(message);
  }
}
