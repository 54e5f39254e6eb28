import { CALLS, CONNECTIONS, middleOf, SERVERS, type ServerName, type Turns } from './rounds.ts';
import { type CallName, LNURL } from './servers.ts';

/** Our server beside another, as `--json` writes it. */
export interface Row {
  readonly name: string;
  readonly ours: number;
  readonly peer: number;
  readonly peerName: string;
  readonly ratio: number;
  readonly unit: string;
}

const NAMES: Readonly<Record<CallName, string>> = {
  info: 'information call',
  callback: 'pay callback',
  offer: 'withdraw information call',
};

const WHAT_IT_IS: Readonly<Record<CallName, readonly string[]>> = {
  info: [
    'boltgate   the link from the SQLite file or what it remembers of it, under the terms of the moment',
    'node:http  the very bytes of boltgate, ready before the start',
    'lnurl      the link from a Map in memory',
  ],
  callback: [
    'boltgate   an invoice that its demo node signs (it keeps a journal), read back and checked; the',
    '           invoice and its event in the SQLite file, one fsync for all requests that wait',
    'lnurl      an invoice that its dummy backend signs with a new key each time; nothing is kept',
  ],
  offer: [
    'boltgate   the voucher and every budget that bounds it, as the SQLite file has them now',
    'node:http  the very bytes of boltgate, ready before the start',
    'lnurl      the voucher from a Map in memory',
  ],
};

interface Aim {
  readonly call: CallName;
  readonly peer: ServerName;
  readonly ratio: number;
}

const AIMS: readonly Aim[] = [
  { call: 'info', peer: 'node:http', ratio: 0.7 },
  { call: 'info', peer: 'lnurl', ratio: 5 },
  { call: 'callback', peer: 'lnurl', ratio: 3 },
  { call: 'offer', peer: 'node:http', ratio: 0.7 },
  { call: 'offer', peer: 'lnurl', ratio: 5 },
];

export function rowsOf(turns: Turns): Row[] {
  return AIMS.map(({ call, peer }) => {
    const ours = middleOf(turns[call].boltgate).perSecond;
    const theirs = middleOf(turns[call][peer]).perSecond;
    return {
      name: NAMES[call],
      ours: Math.round(ours),
      peer: Math.round(theirs),
      peerName: peer === 'lnurl' ? LNURL : peer,
      ratio: Number((ours / theirs).toFixed(2)),
      unit: 'requests/s',
    };
  });
}

/** What was measured, as a person reads it. */
export function reportOf(turns: Turns): string {
  return CALLS.map((call) => sectionOf(call, turns).join('\n')).join('\n\n');
}

function sectionOf(call: CallName, turns: Turns): string[] {
  const names = SERVERS.filter((name) => turns[call][name].length > 0);
  const figures = names.map((name) => {
    const { perSecond, p50Ms, p99Ms, cpuMicroseconds } = middleOf(turns[call][name]);
    const cells = [
      perSecond.toFixed(0),
      p50Ms.toFixed(2),
      p99Ms.toFixed(2),
      cpuMicroseconds.toFixed(0),
    ];
    return `  ${name.padEnd(10)} ${cells.map((cell) => cell.padStart(12)).join('')}`;
  });
  const head = ['requests/s', 'p50 ms', 'p99 ms', 'CPU µs each'];
  return [
    `${NAMES[call]}, ${CONNECTIONS[call]} connections`,
    ...WHAT_IT_IS[call].map((line) => `  ${line}`),
    '',
    `  ${''.padEnd(10)} ${head.map((cell) => cell.padStart(12)).join('')}`,
    ...figures,
    '',
    ...AIMS.filter((aim) => aim.call === call).map((aim) => `  ${verdictOn(aim, turns)}`),
  ];
}

function verdictOn({ call, peer, ratio: wanted }: Aim, turns: Turns): string {
  const ours = turns[call].boltgate;
  const theirs = turns[call][peer];
  const ratio = middleOf(ours).perSecond / middleOf(theirs).perSecond;
  const ratios = ours.map(
    (turn, round) => turn.perSecond / (theirs[round]?.perSecond ?? Number.NaN),
  );
  const spread = `${Math.min(...ratios).toFixed(2)} to ${Math.max(...ratios).toFixed(2)} by round`;
  const cpu = middleOf(theirs).cpuMicroseconds / middleOf(ours).cpuMicroseconds;
  const verdict = ratio >= wanted ? 'met' : 'MISSED';
  return `boltgate / ${peer}: ${ratio.toFixed(2)} (${spread}; by CPU time ${cpu.toFixed(2)}); aim ${wanted}: ${verdict}`;
}
