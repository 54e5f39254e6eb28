import { ConfigError } from './config-error.ts';
import { Secret } from './secret.ts';
import type { FileableName, SettingName } from './settings.ts';
import { unknownNames } from './unknown-names.ts';

export type Variables = Readonly<Record<string, string | undefined>>;

/** Reads a whole file as UTF-8; throws what node:fs throws. */
export type ReadFile = (path: string) => string;

/** A value that stands in the environment, or in a file that may change while we run. */
export type Source =
  | { readonly kind: 'inline'; readonly value: Secret }
  | { readonly kind: 'file'; readonly path: string };

/** How a text becomes a value: undefined when it does not. */
type Parse<T> = (text: string) => T | undefined;

const SHOWN_CHARACTERS = 60;

/** The environment, asked for one setting at a time; it remembers every mistake it came upon. */
export class Environment {
  readonly #variables: Variables;
  readonly #readFile: ReadFile;
  readonly #mistakes: string[] = [];

  constructor(variables: Variables, readFile: ReadFile) {
    this.#variables = variables;
    this.#readFile = readFile;
  }

  /** The text of a setting. An empty one counts as not given: compose files write it so. */
  text(name: SettingName | `${FileableName}_FILE`): string | undefined {
    return this.#variables[name] || undefined;
  }

  /** True when a setting is given, be it as a file. */
  has(name: SettingName): boolean {
    return Boolean(this.#variables[name] || this.#variables[`${name}_FILE`]);
  }

  /** A value, or `fallback` when it is not given or wrong. `wanted` ends the sentence of a mistake. */
  value<T, F>(name: SettingName, parse: Parse<T>, wanted: string, fallback: F): T | F {
    const text = this.text(name);
    if (text === undefined) return fallback;
    const value = parse(text);
    if (value === undefined) this.mistake(name, `${shown(text)} is not ${wanted}`);
    return value ?? fallback;
  }

  /** Like `value` for what nobody may see: it may come from a file, and is never repeated. */
  secret<T>(name: FileableName, parse: Parse<T>, wanted: string): T | undefined {
    const source = this.source(name);
    if (source === undefined) return undefined;
    const text =
      source.kind === 'file' ? this.#contentOf(name, source.path) : source.value.reveal();
    if (text === undefined) return undefined;
    const value = parse(text);
    if (value === undefined && source.kind === 'inline') this.mistake(name, `is not ${wanted}`);
    if (value === undefined && source.kind === 'file') {
      this.mistake(`${name}_FILE`, `${shown(source.path)} does not hold ${wanted}`);
    }
    return value;
  }

  /** Where a value stands, for those who read it again when it changes. */
  source(name: FileableName): Source | undefined {
    const text = this.text(name);
    const path = this.text(`${name}_FILE`);
    if (text !== undefined && path !== undefined) {
      this.mistake(name, `is given twice, also as ${name}_FILE; leave one of them out`);
      return undefined;
    }
    if (path !== undefined) return { kind: 'file', path };
    return text === undefined ? undefined : { kind: 'inline', value: new Secret(text) };
  }

  mistake(name: string, text: string): void {
    this.#mistakes.push(`${name}: ${text}`);
  }

  /** Throws ConfigError with every mistake, those of names that we do not know included. */
  refuseMistakes(): void {
    const mistakes = [...this.#mistakes, ...unknownNames(this.#givenNames())];
    if (mistakes.length > 0) throw new ConfigError(mistakes);
  }

  #contentOf(name: FileableName, path: string): string | undefined {
    try {
      return this.#readFile(path).trim();
    } catch (error) {
      this.mistake(`${name}_FILE`, `${shown(path)} cannot be read (${codeOf(error)})`);
      return undefined;
    }
  }

  #givenNames(): string[] {
    return Object.keys(this.#variables).filter((name) => this.#variables[name] !== undefined);
  }
}

/** The code of an error of node:fs, such as ENOENT. */
export function codeOf(error: unknown): string {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : '';
  return typeof code === 'string' && code !== '' ? code : 'unknown error';
}

/** On one line and not too long, whatever the value holds. */
export function shown(text: string): string {
  const start = text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}…` : text;
  return JSON.stringify(start);
}
