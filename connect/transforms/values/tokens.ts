/** Cuts a text into the tokens of Connect's Values: the signs `: , { } [ ] "` and what stands between them. */

const SIGNS = ':,{}[]"';

export class Tokens {
  readonly text: string;
  #at = 0;

  constructor(text: string) {
    this.text = text;
  }

  get position(): number {
    return this.#at;
  }

  rewindTo(position: number): void {
    this.#at = position;
  }

  get atEnd(): boolean {
    return this.#at >= this.text.length;
  }

  /** The next token; empty at the end. A sign with a backslash before it is part of a longer token. */
  next(): string {
    const start = this.#at;
    let escaped = false;
    for (let at = start; at < this.text.length; at++) {
      const character = this.text.charAt(at);
      if (!escaped && SIGNS.includes(character)) {
        this.#at = at === start ? at + 1 : at;
        return this.text.slice(start, this.#at);
      }
      escaped = character === '\\' && !escaped;
    }
    this.#at = this.text.length;
    return this.text.slice(start);
  }

  /** The text of so many tokens; undefined, and nothing is taken, when there are fewer. */
  nextTogether(count: number): string | undefined {
    const start = this.#at;
    for (let taken = 0; taken < count; taken++) {
      if (this.atEnd) {
        this.#at = start;
        return undefined;
      }
      this.next();
    }
    return this.text.slice(start, this.#at);
  }

  /** Takes the next token that is not blank if it is the expected one. Blanks before it are skipped in any case. */
  takes(expected: string): boolean {
    let start = this.#at;
    let token = this.atEnd ? '' : this.next();
    while (token.trim() === '' && !this.atEnd) {
      start = this.#at;
      token = this.next();
    }
    if (token.trim() === expected) return true;
    this.#at = start;
    return false;
  }
}
