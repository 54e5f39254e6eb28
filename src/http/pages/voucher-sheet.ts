import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { PUBLIC_DIR } from './public-dir.ts';
import { qrPath } from './qr-path.ts';
import { type Template, template } from './template.ts';

/** What stands on one voucher. */
export interface PrintedVoucher {
  readonly id: string;
  /** What the code holds. */
  readonly lnurl: string;
  readonly amount: string;
  /** Empty for none. */
  readonly description: string;
  readonly until: string | undefined;
}

/** What stands above the sheets, on the screen alone. */
export interface SheetAbout {
  readonly batch: string;
  readonly description: string;
  readonly count: number;
  /** Vouchers of the batch that nobody can claim any more. */
  readonly leftOut: number;
  readonly site: string;
}

/** So many fit on A4 and on Letter alike; voucher-sheet.css knows it too. */
const VOUCHERS_A_SHEET = 10;

/** Writes the page from which a batch is printed, piece by piece: it may be long. */
export type SheetWriter = (
  about: SheetAbout,
  vouchers: AsyncIterable<PrintedVoucher>,
) => AsyncGenerator<string>;

/** Reads the template of public/ once, at start. */
export function sheetWriter(): SheetWriter {
  const parts = readParts();
  return async function* write(about, vouchers) {
    yield parts.head(headValues(about));
    let printed = 0;
    for await (const voucher of vouchers) {
      if (printed % VOUCHERS_A_SHEET === 0) {
        yield (printed === 0 ? '' : parts.sheetEnd) + parts.sheetStart;
        // Codes take their time to draw, and others want to be served meanwhile.
        await nextTurn();
      }
      yield parts.voucher(voucherValues(voucher, about.site));
      printed += 1;
    }
    if (printed > 0) yield parts.sheetEnd;
    yield parts.foot;
  };
}

const HEAD_NAMES = ['batch', 'count', 'description', 'leftOut', 'none', 'title'] as const;
const VOUCHER_NAMES = ['amount', 'description', 'id', 'modules', 'site', 'size', 'until'] as const;

interface Parts {
  readonly head: Template<(typeof HEAD_NAMES)[number]>;
  readonly sheetStart: string;
  readonly voucher: Template<(typeof VOUCHER_NAMES)[number]>;
  readonly sheetEnd: string;
  readonly foot: string;
}

/** The file is one page with one voucher on one sheet, with comments where each begins and ends. */
function readParts(): Parts {
  const html = readFileSync(join(PUBLIC_DIR, 'voucher-sheet.html'), 'utf8');
  const pieces = html.split(/<!-- \/?(?:sheet|voucher) -->\n/);
  const [head, sheetStart, voucher, sheetEnd, foot] = pieces;
  if (pieces.length !== 5 || !head || !sheetStart || !voucher || !sheetEnd || !foot) {
    throw new RangeError('voucher-sheet.html is not one voucher on one sheet');
  }
  return {
    head: template(head, HEAD_NAMES),
    sheetStart,
    voucher: template(voucher, VOUCHER_NAMES),
    sheetEnd,
    foot,
  };
}

function headValues(about: SheetAbout) {
  const { batch, description, count, leftOut } = about;
  return {
    batch,
    count: count === 1 ? '1 voucher' : `${count} vouchers`,
    description: description === '' ? undefined : description,
    leftOut: leftOut === 0 ? undefined : String(leftOut),
    none: count === 0 ? 'yes' : undefined,
    title: description === '' ? batch : description,
  };
}

function voucherValues({ id, lnurl, amount, description, until }: PrintedVoucher, site: string) {
  const { size, path } = qrPath(lnurl);
  return {
    amount,
    description: description === '' ? undefined : description,
    id,
    modules: path,
    site,
    size: String(size),
    until,
  };
}
