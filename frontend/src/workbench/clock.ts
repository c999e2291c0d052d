/** Time spent on one card. All times in ms of one monotonic clock, given by the caller.
 *
 *  Active is while the page can be seen and something was done within the allowance. The allowance covers reading, so
 *  that people who read long texts without touching anything aren't counted as away. */
export class CardClock {
  readonly allowance: number;
  private readonly shown: number;
  private active = 0;
  private since: number | null;
  private last: number;

  constructor(shown: number, allowance: number, visible: boolean) {
    this.shown = shown;
    this.allowance = allowance;
    this.last = shown;
    this.since = visible ? shown : null;
  }

  activity(now: number, visible: boolean): void {
    this.settle(now);
    this.last = now;
    this.since = visible ? now : null;
  }

  hidden(now: number): void {
    this.settle(now);
    this.since = null;
  }

  read(now: number): { wall_seconds: number; active_seconds: number } {
    this.settle(now);
    return { wall_seconds: seconds(now - this.shown), active_seconds: seconds(this.active) };
  }

  private settle(now: number): void {
    if (this.since === null) return;
    const end = Math.min(now, this.last + this.allowance);
    this.active += Math.max(0, end - this.since);
    this.since = end < now ? null : now;
  }
}

/** Half a minute, and a slow reader's time for the text: ten characters a second; at most ten minutes. */
export function allowanceFor(characters: number): number {
  return Math.min(600_000, 30_000 + characters * 100);
}

function seconds(ms: number): number {
  return Math.round(ms / 10) / 100;
}
