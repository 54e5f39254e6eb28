import { type Command, Option } from 'commander';
import { writeNewFile } from '../../config/new-file.ts';
import { Api } from '../api.ts';
import { leaf, printJson } from '../command.ts';
import { codeOf, Refusal } from '../failure.ts';
import { addPageOptions, type PageOptions, pageQuery } from '../page.ts';
import type { Surroundings } from '../surroundings.ts';
import { printable } from '../text.ts';
import { withdrawLinkTable } from '../withdraw-links/commands.ts';

interface Options extends PageOptions {
  readonly csv?: string;
  readonly json?: true;
}

/** Stands for standard output. */
const OUTPUT = '-';

/** `batch vouchers ID`: one line a voucher, or all of them with their codes in a file of CSV. */
export function addVouchers(parent: Command, surroundings: Surroundings): void {
  const command = leaf(parent, 'vouchers <id>', 'list the vouchers of a batch').addOption(
    new Option('--csv <file>', 'write all of them with their codes as CSV; - is the output')
      // Whoever writes all of them wants no page of them.
      .conflicts(['json', 'limit', 'after']),
  );
  addPageOptions(command).action(async (id: string, options: Options) => {
    const api = new Api(surroundings);
    const path = `/withdraw-batches/${encodeURIComponent(id)}/vouchers`;
    if (options.csv !== undefined)
      return await save(await api.csv(path), options.csv, surroundings);
    const body = await api.get(path, pageQuery(options));
    if (options.json) return printJson(surroundings, body);
    surroundings.out(withdrawLinkTable(body));
  });
}

/** The file is worth money: nobody else may read it, and none is overwritten. */
async function save(csv: string, file: string, { out }: Surroundings): Promise<void> {
  if (file === OUTPUT) return out(csv);
  try {
    await writeNewFile(file, csv);
  } catch (error) {
    const code = codeOf(error);
    const fault =
      code === 'EEXIST' ? 'is there already' : `cannot be written (${code ?? 'unknown error'})`;
    throw new Refusal(`${printable(file)} ${fault}`);
  }
  const count = csv.split('\r\n').length - 2;
  out(`${count} ${count === 1 ? 'voucher is' : 'vouchers are'} in ${printable(file)}.\n`);
}
