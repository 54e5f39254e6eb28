import { columnsOf, printable } from './text.ts';

export interface Column<Row> {
  readonly title: string;
  readonly value: (row: Row) => string;
  /** Numbers stand to the right. */
  readonly align?: 'left' | 'right';
}

const GAP = '  ';

/** Rows under their titles, every column as wide as its widest value. */
export function table<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): string {
  const blocks = columns.map(({ title, value, align }) => {
    const cells = [title, ...rows.map((row) => printable(value(row)))];
    const width = Math.max(...cells.map(columnsOf));
    return cells.map((cell) => {
      const blanks = ' '.repeat(width - columnsOf(cell));
      return align === 'right' ? blanks + cell : cell + blanks;
    });
  });
  const lines = [undefined, ...rows].map((_, index) =>
    blocks.map((cells) => cells[index] ?? '').join(GAP),
  );
  return lines.map((line) => `${line.trimEnd()}\n`).join('');
}

/** Names and values, one pair a line; a pair without a value is left out. */
export function pairs(
  entries: readonly (readonly [name: string, value: string | undefined])[],
): string {
  const given = entries.filter(([, value]) => value !== undefined);
  const width = Math.max(...given.map(([name]) => name.length));
  return given
    .map(([name, value = '']) => `${name.padEnd(width)}${GAP}${printable(value)}\n`)
    .join('');
}
