import { closeSync, existsSync, openSync, readSync, renameSync, writeSync } from 'node:fs';
import { NodeError } from '../../errors.ts';
import type { NodeKey, PaymentHash, Preimage } from '../../hex.ts';
import type { PaymentFailure } from '../node.ts';
import type { NodeName } from './identity.ts';

/** What happened in the simulated network. Amounts are decimal digits of millisatoshi. */
export type JournalEntry = InvoiceEntry | CancelledEntry | PaymentEntry | ChannelEntry;

export interface InvoiceEntry {
  readonly type: 'invoice';
  readonly payee: NodeName;
  readonly paymentHash: PaymentHash;
  readonly preimage: Preimage;
  readonly amount: string;
  readonly expiresAt: number;
  readonly bolt11: string;
}

export interface CancelledEntry {
  readonly type: 'cancelled';
  readonly paymentHash: PaymentHash;
  readonly at: number;
}

/** The state of a payment; a later entry of the same payer and hash takes its place. */
export interface PaymentEntry {
  readonly type: 'payment';
  readonly payer: NodeName;
  readonly paymentHash: PaymentHash;
  readonly state: 'held' | 'paid' | 'failed';
  /** Why it failed, else undefined. */
  readonly reason: PaymentFailure | undefined;
  readonly amount: string;
  readonly fee: string;
  readonly at: number;
}

/** A channel that was opened. It is never forgotten. */
export interface ChannelEntry {
  readonly type: 'channel';
  readonly opener: NodeName;
  readonly peer: NodeKey;
  readonly memo: string;
  readonly capacitySat: number;
  readonly pushSat: number;
  readonly private: boolean;
  readonly fundingOutpoint: string;
  readonly at: number;
}

const OWNER_ONLY = 0o600; // It holds preimages.
const CHUNK_BYTES = 1 << 20;

/**
 * A file of JSON lines, one an entry. A line is handed to the operating system before the call
 * returns, so it outlives a killed process; it is not synced, so it may not outlive the machine.
 */
export class Journal implements Disposable {
  readonly #file: number;
  #broken = false;

  private constructor(file: number) {
    this.#file = file;
  }

  /** Puts a new journal of these entries in the place of the old one. */
  static replace(path: string, entries: Iterable<JournalEntry>): Journal {
    const draft = `${path}.new`;
    const file = openSync(draft, 'w', OWNER_ONLY);
    let lines = '';
    for (const entry of entries) {
      lines += lineOf(entry);
      if (lines.length > CHUNK_BYTES) {
        writeSync(file, lines);
        lines = '';
      }
    }
    writeSync(file, lines);
    renameSync(draft, path);
    return new Journal(file);
  }

  /** Throws NodeError when the line cannot be written; behind half a line nothing is written any more. */
  append(entry: JournalEntry): void {
    if (!this.#broken && this.#write(lineOf(entry))) return;
    this.#broken = true;
    throw new NodeError('node-unavailable', 'The demo node cannot write its journal');
  }

  #write(line: string): boolean {
    try {
      return writeSync(this.#file, line) === line.length;
    } catch {
      return false;
    }
  }

  [Symbol.dispose](): void {
    closeSync(this.#file);
  }
}

function lineOf(entry: JournalEntry): string {
  return `${JSON.stringify(entry)}\n`;
}

/** The entries of a journal, oldest first; a last line that was not finished never happened. */
export function* readJournal(path: string): Generator<JournalEntry> {
  if (!existsSync(path)) return;
  let number = 0;
  for (const line of readLines(path)) {
    number += 1;
    yield parseEntry(line, number);
  }
}

function parseEntry(line: string, number: number): JournalEntry {
  try {
    return JSON.parse(line) as JournalEntry;
  } catch {
    throw new NodeError('node-unavailable', `The demo node's journal is damaged at line ${number}`);
  }
}

/** Line by line, because a journal may be longer than the longest string. */
function* readLines(path: string): Generator<string> {
  const file = openSync(path, 'r');
  try {
    const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
    let rest = '';
    for (let size = readSync(file, chunk); size > 0; size = readSync(file, chunk)) {
      const lines = (rest + chunk.toString('latin1', 0, size)).split('\n');
      rest = lines.pop() ?? '';
      yield* lines;
    }
  } finally {
    closeSync(file);
  }
}
