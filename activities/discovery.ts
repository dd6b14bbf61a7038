/** When each connector's topics were last looked at: waits are renewed often, topics are looked at seldom. */

export class Discovery {
  private readonly lookedAtMs = new Map<string, number>();

  /** True when the connector's topics are due for another look. */
  due(connector: string, maxAgeMs: number, nowMs: number): boolean {
    const last = this.lookedAtMs.get(connector);
    return last === undefined || nowMs - last >= maxAgeMs;
  }

  /** A look has succeeded: the next one is due after the maximal age. */
  looked(connector: string, nowMs: number): void {
    this.lookedAtMs.set(connector, nowMs);
  }
}
