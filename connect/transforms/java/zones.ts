/** Time zones as java.text.SimpleDateFormat reads them from a text. */

/** Abbreviations with one meaning, in minutes east of Greenwich. */
const NAMED_ZONES: Readonly<Record<string, number>> = {
  UTC: 0,
  GMT: 0,
  UT: 0,
  WET: 0,
  WEST: 60,
  CET: 60,
  CEST: 120,
  EET: 120,
  EEST: 180,
  MSK: 180,
  JST: 540,
  EST: -300,
  EDT: -240,
  CST: -360,
  CDT: -300,
  MST: -420,
  MDT: -360,
  PST: -480,
  PDT: -420,
};

export interface ZoneSpan {
  readonly minutes: number;
  readonly end: number;
}

/** `z` and `Z` take names, `GMT+1:00` and `+0100`; `X` takes `Z` and, by its count, `+01`, `+0100` or `+01:00`. */
export function zoneAt(text: string, at: number, letter: string, count: number): ZoneSpan | undefined {
  const rest = text.slice(at, at + 20);
  if (letter === 'X') {
    if (rest.startsWith('Z')) return { minutes: 0, end: at + 1 };
    const form = [/^([+-])(\d\d)/, /^([+-])(\d\d)(\d\d)/, /^([+-])(\d\d):(\d\d)/][count - 1] ?? /^$/;
    return offset(form.exec(rest), at);
  }
  const fromGreenwich = /^GMT([+-])(\d{1,2}):(\d\d)/i.exec(rest) ?? /^([+-])(\d\d)(\d\d)/.exec(rest);
  if (fromGreenwich !== null) return offset(fromGreenwich, at);
  const name = /^[A-Za-z]+/.exec(rest)?.[0] ?? '';
  const minutes = NAMED_ZONES[name.toUpperCase()];
  return minutes === undefined ? undefined : { minutes, end: at + name.length };
}

function offset(found: RegExpExecArray | null, at: number): ZoneSpan | undefined {
  if (found === null) return undefined;
  const [whole, sign, hours = '0', minutes = '0'] = found;
  if (Number(hours) > 23 || Number(minutes) > 59) return undefined;
  const distance = Number(hours) * 60 + Number(minutes);
  return { minutes: sign === '-' ? -distance : distance, end: at + whole.length };
}
