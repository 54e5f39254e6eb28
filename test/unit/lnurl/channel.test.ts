import { describe, expect, it } from '@jest/globals';
import { channelRequest, readChannelCall } from '../../../src/lnurl/channel/channel.ts';
import { WalletQuery } from '../../../src/lnurl/query.ts';

const K1 = 'ab'.repeat(32);
/** The generator of the curve. */
const KEY = '0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798';
const CALLBACK = 'https://pay.example.org/lnurlc/abc/callback';

it('a channel request has its tag first and no member that LUD-02 does not name', () => {
  const uri = `${KEY}@203.0.113.5:9735`;
  const offer = { k1: K1, callback: CALLBACK, uri, id: 'co_1' };

  expect(JSON.stringify(channelRequest(offer))).toBe(
    `{"tag":"channelRequest","uri":"${uri}","callback":"${CALLBACK}","k1":"${K1}"}`,
  );
});

describe('the second call of LUD-02', () => {
  const read = (query: string) => readChannelCall(new WalletQuery(query));
  const open = { kind: 'open', k1: K1, nodeKey: KEY };

  it.each([
    [`k1=${K1}&remoteid=${KEY}&private=1`, { ...open, private: true }],
    [`k1=${K1}&remoteid=${KEY}&private=0`, { ...open, private: false }],
    [`k1=${K1}&remoteid=${KEY}`, { ...open, private: undefined }],
    [`remoteid=${KEY}&private=&k1=${K1}`, { ...open, private: undefined }],
    [`k1=${K1.toUpperCase()}&remoteid=${KEY.toUpperCase()}`, { ...open, private: undefined }],
    [`k1=${K1}&remoteid=${KEY}&cancel=0`, { ...open, private: undefined }],
    [`k1=${K1}?remoteid=${KEY}&private=1`, { ...open, private: true }],
    [`k1=${K1}&k1=${K1}&remoteid=${KEY}`, { ...open, private: undefined }],
    [`k1=${K1}&cancel=1`, { kind: 'cancel', k1: K1 }],
    [`k1=${K1}&remoteid=${KEY}&private=1&cancel=1`, { kind: 'cancel', k1: K1 }],
    [`k1=${K1}&remoteid=rubbish&private=7&cancel=1`, { kind: 'cancel', k1: K1 }],
  ])('reads %s', (query, call) => {
    expect(read(query)).toEqual(call);
  });

  it.each([
    ['', 'missing k1'],
    [`k1=&remoteid=${KEY}`, 'missing k1'],
    [`k1=${K1}00&remoteid=${KEY}`, 'invalid k1'],
    [`k1=${K1}`, 'missing remoteid'],
    [`k1=${K1}&remoteid=${KEY.slice(2)}`, 'invalid remoteid'],
    [`k1=${K1}&remoteid=04${KEY.slice(2)}`, 'invalid remoteid'],
    [`k1=${K1}&remoteid=02${'00'.repeat(32)}`, 'invalid remoteid'],
    [`k1=${K1}&remoteid=02${'ff'.repeat(32)}`, 'invalid remoteid'],
    // x = 5 has no point on the curve.
    [`k1=${K1}&remoteid=02${'00'.repeat(31)}05`, 'invalid remoteid'],
    [`k1=${K1}&remoteid=${KEY}%40203.0.113.5%3A9735`, 'invalid remoteid'],
    [`k1=${K1}&remoteid=${KEY}&private=yes`, 'invalid private flag'],
    [`k1=${K1}&remoteid=${KEY}&private=01`, 'invalid private flag'],
    [`k1=${K1}&remoteid=${KEY}&cancel=true`, 'invalid cancel flag'],
    [`k1=${K1}&remoteid=${KEY}&private=0&private=1`, 'duplicate parameter private'],
    [`k1=${K1}&k1=${'cd'.repeat(32)}&remoteid=${KEY}`, 'duplicate parameter k1'],
  ])('refuses %j: %s', (query, message) => {
    expect(() => read(query)).toThrow(expect.objectContaining({ name: 'RequestError', message }));
  });
});
