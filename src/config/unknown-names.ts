import { SETTING_NAMES, SETTINGS } from './settings.ts';

const PREFIX = 'BOLTGATE_';
/** Read by the command line, which may share its environment with the server. */
const OF_THE_CLI = /^BOLTGATE_(URL$|WALLET_LND_)/;
/** One letter in this many may differ for a name to be taken for another. */
const LETTERS_AN_EDIT = 3;
const MAX_EDITS = 3;

/** A mistake for every variable of ours that no setting reads: a misspelt limit limits nothing. */
export function unknownNames(given: readonly string[]): string[] {
  const known = new Set<string>(SETTING_NAMES.flatMap(namesOf));
  return given
    .filter((name) => name.startsWith(PREFIX) && !known.has(name) && !OF_THE_CLI.test(name))
    .sort()
    .map((name) => `${printable(name)}: there is no such setting${hint(name, [...known])}`);
}

function namesOf(name: (typeof SETTING_NAMES)[number]): string[] {
  return SETTINGS[name].fileable ? [name, `${name}_FILE`] : [name];
}

function hint(name: string, known: readonly string[]): string {
  const plain = name.replace(/_FILE$/, '');
  if (known.includes(plain)) return `; ${plain} is no secret and cannot come from a file`;
  const near = Math.min(MAX_EDITS, (name.length - PREFIX.length) / LETTERS_AN_EDIT);
  const [nearest] = known
    .map((candidate) => ({ candidate, edits: editsBetween(name, candidate) }))
    .filter(({ candidate, edits }) => edits <= near || candidate.startsWith(`${name}_`))
    .sort((a, b) => a.edits - b.edits);
  return nearest ? `; did you mean ${nearest.candidate}?` : '';
}

/** Levenshtein's distance: letters to insert, delete or replace. */
function editsBetween(from: string, to: string): number {
  let above = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (const [row, letter] of [...from].entries()) {
    const line = [row + 1];
    for (const [column, other] of [...to].entries()) {
      const replaced = (above[column] ?? 0) + (letter === other ? 0 : 1);
      const inserted = (line[column] ?? 0) + 1;
      const deleted = (above[column + 1] ?? 0) + 1;
      line.push(Math.min(replaced, inserted, deleted));
    }
    above = line;
  }
  return above[to.length] ?? 0;
}

/** A name may hold anything but `=`, and a mistake is one line. */
function printable(name: string): string {
  return /^\w+$/.test(name) ? name : JSON.stringify(name);
}
