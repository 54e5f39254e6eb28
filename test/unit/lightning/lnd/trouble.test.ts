import { describe, expect, it } from '@jest/globals';
import { certificateFacts, connectTrouble } from '../../../../src/lightning/lnd/trouble.ts';
import { selfMadeCertificate } from '../../../support/wallet-certificate.ts';

const ASKED = { host: 'lnd:10009', name: 'lnd' };
const lastError = (error: string): string =>
  `No connection established. Last error: ${error}. Resolution note: `;

describe('LND: what keeps us from connecting', () => {
  it.each([
    [
      lastError(
        "Error: Hostname/IP does not match certificate's altnames: Host: lnd. is not in the " +
          "cert's altnames: DNS:localhost, DNS:alice, IP Address:127.0.0.1",
      ),
      'the certificate of lnd:10009 is for localhost, alice, 127.0.0.1, not for lnd; ' +
        'set BOLTGATE_LND_TLS_NAME to one of its names',
    ],
    [
      lastError(
        "Error: Hostname/IP does not match certificate's altnames: IP: 10.0.0.5 is not in the " +
          "cert's list: 127.0.0.1, ::1",
      ),
      'the certificate of lnd:10009 is for 127.0.0.1, ::1, not for lnd; ' +
        'set BOLTGATE_LND_TLS_NAME to one of its names',
    ],
    [
      lastError('Error: certificate has expired'),
      'the certificate of lnd:10009 has expired; LND makes a new one when it is restarted',
    ],
    [
      lastError('Error: self-signed certificate'),
      'lnd:10009 shows another certificate than the one in BOLTGATE_LND_CERT; copy tls.cert again',
    ],
    [
      lastError('Error: unable to verify the first certificate'),
      'lnd:10009 shows another certificate than the one in BOLTGATE_LND_CERT; copy tls.cert again',
    ],
    [lastError('Error: connect ECONNREFUSED 127.0.0.1:10009'), 'nobody listens at lnd:10009'],
    ['Name resolution failed for target dns:lnd', 'the name of lnd:10009 cannot be resolved'],
    [
      lastError('Error: 40C7:error:0A00010B:SSL routines:ssl3_get_record:wrong version number'),
      'lnd:10009 does not speak TLS; give the gRPC port of LND',
    ],
    ['what nobody\never heard of', 'lnd:10009 cannot be reached: what nobody ever heard of'],
  ])('says in one line what %j means (FC-22)', (text, words) => {
    expect(connectTrouble(text, ASKED).words).toBe(words);
  });

  it.each([
    ["Error: Hostname/IP does not match certificate's altnames: Host: lnd.", 'certificate'],
    ['Error: certificate has expired', 'certificate'],
    ['Error: certificate is not yet valid', 'certificate'],
    ['Error: self-signed certificate', 'certificate'],
    ['Error: unsuitable certificate purpose', 'certificate'],
    ['Error: connect ECONNREFUSED 127.0.0.1:10009', 'unreachable'],
    ['Error: 0A00010B:SSL routines:ssl3_get_record:wrong version number', 'unreachable'],
    ['Name resolution failed for target dns:lnd', 'unreachable'],
    ['what nobody ever heard of', 'unreachable'],
  ])('tells %j from a certificate that cannot be trusted', (text, kind) => {
    expect(connectTrouble(lastError(text), ASKED).kind).toBe(kind);
  });

  it('cuts what is too long', () => {
    expect(connectTrouble('x'.repeat(1_000), ASKED).words.length).toBeLessThan(250);
  });

  it('reads whom a certificate is for and until when', () => {
    const { cert } = selfMadeCertificate(['localhost', 'alice']);

    const facts = certificateFacts(Buffer.from(cert));

    expect(facts.names).toBe('localhost, alice');
    expect(facts.until).toBeGreaterThan(Date.now());
  });
});
