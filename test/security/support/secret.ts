/** A password that cannot be there by chance, and the search for it in everything that leaves the product. */
import { randomBytes } from 'node:crypto';

/** Around a core that is written the same everywhere: what URLs, base64 and JSON write in other ways. */
export function randomSecret(): string {
  return `Pw+/"${randomBytes(9).toString('hex')}=é`;
}

const coreOf = (secret: string) => secret.slice(5, 5 + 18);

/** How a text looks inside base64: whatever stands before it, one of three alignments is that of its bytes. */
function insideBase64(text: string): string[] {
  return [0, 1, 2].map((before) => {
    const encoded = Buffer.from(`${'x'.repeat(before)}${text}`)
      .toString('base64')
      .replace(/=+$/, '');
    // The first and the last characters also hold bits of what stands around.
    return encoded.slice(before === 0 ? 0 : before + 1, -1);
  });
}

/** The ways in which the core of a secret may be written down, by name. */
function writtenForms(secret: string): [string, string][] {
  const core = coreOf(secret);
  return [
    ['plain', core],
    ['hexadecimal', Buffer.from(core).toString('hex')],
    ...insideBase64(core).map((form): [string, string] => ['base64', form]),
  ];
}

/** `<form> at …60 characters around it…` for every form that occurs; bytes are looked through as they are. */
export function occurrences(text: string | Uint8Array, secret: string): string[] {
  const bytes = typeof text === 'string' ? Buffer.from(text) : Buffer.from(text.buffer, text.byteOffset, text.length);
  return writtenForms(secret).flatMap(([form, written]) => {
    const at = bytes.indexOf(written);
    return at < 0 ? [] : [`${form}: …${bytes.toString('utf8', Math.max(0, at - 60), at + 60)}…`];
  });
}
