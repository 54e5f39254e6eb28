import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PUBLIC_DIR } from './public-dir.ts';

/** Writes a page. A value that is undefined takes the sections of its name with it. */
export type Template<Name extends string> = (
  values: Readonly<Record<Name, string | undefined>>,
) => string;

/** Reads a template of public/ once, at start. */
export function openTemplate<Name extends string>(
  file: string,
  names: readonly Name[],
): Template<Name> {
  return template(readFileSync(join(PUBLIC_DIR, file), 'utf8'), names);
}

const SECTION = /\{\{#(\w+)\}\}(.*?)\{\{\/\1\}\}/gs;
const VALUE = /\{\{(\w+)\}\}/g;

/**
 * Makes a template of HTML in which `{{name}}` stands for a value, in text or in a quoted attribute,
 * and `{{#name}}…{{/name}}` for what is left out when there is no such value. Every value is foreign
 * text and is escaped; there is no way around it. Throws RangeError when the names do not fit.
 */
export function template<Name extends string>(
  html: string,
  names: readonly Name[],
): Template<Name> {
  checkNames(html, names);
  return (values) => {
    const given = new Map<string, string | undefined>(Object.entries(values));
    return html
      .replace(SECTION, (_, name: string, body: string) =>
        given.get(name) === undefined ? '' : body,
      )
      .replace(VALUE, (_, name: string) => escapeHtml(given.get(name) ?? ''));
  };
}

/** Escapes text for HTML, inside and outside of quotes. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
}

function checkNames(html: string, names: readonly string[]): void {
  const sections = [...html.matchAll(SECTION)].map((match) => match[1]);
  const flat = html.replace(SECTION, '$2');
  const used = new Set([...sections, ...[...flat.matchAll(VALUE)].map((match) => match[1])]);
  const [unknown] = [...used].filter((name) => name !== undefined && !names.includes(name));
  if (unknown !== undefined) throw new RangeError(`the template has an unknown name: ${unknown}`);
  const [unused] = names.filter((name) => !used.has(name));
  if (unused !== undefined) throw new RangeError(`the template does not use ${unused}`);
  if (flat.replace(VALUE, '').includes('{{')) {
    throw new RangeError('the template has a section that is nested or not closed');
  }
}
