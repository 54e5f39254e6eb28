import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { hexOf, Macaroon, readCertificate } from '../../../../src/lightning/lnd/credentials.ts';
import { inline } from '../../../support/lnd-node.ts';
import { ManualClock } from '../../../support/manual-clock.ts';
import { tempFolder } from '../../../support/temp-folder.ts';

describe('LND: credentials', () => {
  it.each([
    ['binary', Buffer.from('0201aabb', 'hex'), '0201aabb'],
    ['hex', Buffer.from('0201AABB'), '0201aabb'],
    ['hex with the end of a line', Buffer.from('0201aabb\r\n'), '0201aabb'],
    ['rubbish', Buffer.from('hello'), undefined],
    ['half a byte', Buffer.from('0201a'), undefined],
    ['nothing', Buffer.alloc(0), undefined],
    ['much too much', Buffer.alloc(20_000, 2), undefined],
  ])('reads a macaroon in %s', (_, bytes, hex) => {
    expect(hexOf(bytes)).toBe(hex);
  });

  it('reads the file again after a while, or when LND refuses it (FC-21)', async () => {
    using folder = tempFolder();
    const path = join(folder.path, 'pay.macaroon');
    const clock = new ManualClock();
    const macaroon = new Macaroon({ kind: 'file', path }, clock);
    const seen: string[] = [];
    const look = async (): Promise<void> => void seen.push(await macaroon.hex());

    await writeFile(path, Buffer.from('0201aa', 'hex'));
    await look();
    await writeFile(path, Buffer.from('0201bb', 'hex'));
    await look();
    macaroon.doubt();
    await look();
    await writeFile(path, Buffer.from('0201cc', 'hex'));
    clock.advance(10_000);
    await look();
    await rm(path);
    clock.advance(10_000);
    await look();

    expect(seen).toEqual(['0201aa', '0201aa', '0201bb', '0201cc', '0201cc']);
  });

  it('says where a macaroon is missing or broken, and never what it holds', async () => {
    using folder = tempFolder();
    const path = join(folder.path, 'pay.macaroon');
    const macaroon = new Macaroon({ kind: 'file', path }, new ManualClock());

    await expect(macaroon.hex()).rejects.toThrow(
      new RegExp(`^the macaroon in ${path} cannot be read \\(ENOENT\\)$`),
    );
    await writeFile(path, 'secret');
    await expect(macaroon.hex()).rejects.toThrow(
      new RegExp(`^the macaroon in ${path} is neither binary nor hex$`),
    );
  });

  it.each([['hello'], ['-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n']])(
    'refuses %j for a certificate',
    async (text) => {
      await expect(readCertificate(inline(text))).rejects.toThrow(/^the certificate is not PEM$/);
    },
  );
});
