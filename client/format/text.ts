/**
 * Numbers, times and states as people read them.
 */
import { stripVTControlCharacters } from 'node:util';
import { grouped } from '../../workflows/core/offsets.js';
import type { Paint } from '../terminal.js';

/** `1,234,567`; takes decimal strings of any length, as offsets and lags come. A dash for what is not known. */
export function count(value: bigint | number | string | undefined): string {
  return value === undefined ? '-' : grouped(BigInt(value));
}

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];

export function bytes(sizeBytes: number): string {
  const power = sizeBytes < 1024 ? 0 : Math.min(Math.floor(Math.log2(sizeBytes) / 10), UNITS.length - 1);
  const value = sizeBytes / 1024 ** power;
  return `${power === 0 ? value : value.toFixed(1)} ${UNITS[power]}`;
}

/** `350 ms`, `4 s`, `3 min`, `5 h`, `2 d`: one unit is enough to judge by. */
export function duration(durationMs: number): string {
  const ms = Math.max(0, Math.round(durationMs));
  if (ms < 1000) return `${ms} ms`;
  const s = Math.round(ms / 1000);
  if (s < 120) return `${s} s`;
  if (s < 7_200) return `${Math.round(s / 60)} min`;
  if (s < 172_800) return `${Math.round(s / 3_600)} h`;
  return `${Math.round(s / 86_400)} d`;
}

export function ago(timeMs: number, nowMs: number): string {
  return `${duration(nowMs - timeMs)} ago`;
}

/** `2026-03-04 05:06:07Z` */
export function instant(timeMs: number): string {
  return `${new Date(timeMs).toISOString().slice(0, 19).replace('T', ' ')}Z`;
}

export function plural(amount: number, noun: string): string {
  return `${count(amount)} ${noun}${amount === 1 ? '' : noun.endsWith('h') ? 'es' : 's'}`;
}

const STATE_STYLES: Record<string, 'green' | 'red' | 'yellow' | 'dim'> = {
  RUNNING: 'green',
  FAILED: 'red',
  IN_DOUBT: 'red',
  CLOSED: 'dim',
};

export function paintState(state: string, paint: Paint): string {
  return paint(STATE_STYLES[state] ?? 'yellow', state);
}

const WIDE = /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]/gu;

/** Columns that a text takes on a terminal: colours take none, East Asian wide characters two. */
export function displayWidth(text: string): number {
  const plain = stripVTControlCharacters(text);
  return [...plain].length + (plain.match(WIDE)?.length ?? 0);
}
