/** When each connector's topics were last looked at: waits are renewed often, topics are looked at seldom. */

export class Discovery {
  private readonly lookedAtMs = new Map<string, number>();

  /** True when the connector's topics are due for another look; they then count as looked at. */
  due(connector: string, maxAgeMs: number, nowMs = Date.now()): boolean {
    const last = this.lookedAtMs.get(connector);
    if (last !== undefined && nowMs - last < maxAgeMs) return false;
    this.lookedAtMs.set(connector, nowMs);
    return true;
  }
}
