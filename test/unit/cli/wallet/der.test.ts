import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { derFromCompact } from '../../../../src/cli/wallet/der.ts';
import { compactFromDer } from '../../../../src/lnurl/auth/der.ts';

describe('the DER form of a signature', () => {
  // LUD-04, its own example.
  it('is that of the standard', () => {
    const r = '3767faf494f110b139293d9bab3c50e07b3bf33c463d4aa767256cd09132dc51';
    const s = '5821f8efacdb5c595b92ada255876d9201e126e2f31a140d44561cc1f7e9e43d';

    expect(Buffer.from(derFromCompact(Buffer.from(r + s, 'hex'))).toString('hex')).toBe(
      `30440220${r}0220${s}`,
    );
  });

  it('is read back by our strict reader, whatever r and s are', () => {
    const scalar = fc
      .tuple(fc.integer({ min: 0, max: 31 }), fc.uint8Array({ minLength: 32, maxLength: 32 }))
      .map(([zeros, bytes]) => bytes.fill(0, 0, zeros))
      .filter((bytes) => bytes.some((byte) => byte !== 0));

    fc.assert(
      fc.property(scalar, scalar, (r, s) => {
        const compact = Buffer.concat([r, s]);
        expect(compactFromDer(derFromCompact(compact))).toEqual(new Uint8Array(compact));
      }),
    );
  });
});
