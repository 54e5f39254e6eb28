import { describe, expect, it } from '@jest/globals';
import { OUR_KEY, startLnd } from '../../../support/lnd-node.ts';
import { LndStatus } from '../../../support/lnd-server.ts';

const URI = `${OUR_KEY}@203.0.113.7:9735`;

describe('LND: connecting to a node (LUD-02)', () => {
  it('asks for the key at the address', async () => {
    await using started = await startLnd();
    started.lnd.answers('ConnectPeer', () => ({}));

    await started.node.connect(URI);

    expect(started.lnd.heardOf('ConnectPeer')[0]?.request).toMatchObject({
      addr: { pubkey: OUR_KEY, host: '203.0.113.7:9735' },
    });
  });

  it('takes who is connected already for connected', async () => {
    await using started = await startLnd();
    started.lnd.answers('ConnectPeer', () => {
      throw new LndStatus(2, `already connected to peer: ${OUR_KEY}@203.0.113.7:9735`);
    });

    await expect(started.node.connect(URI)).resolves.toBeUndefined();
  });

  it('says when it cannot, without the words of LND', async () => {
    await using started = await startLnd();
    started.lnd.answers('ConnectPeer', () => {
      throw new LndStatus(2, 'dial tcp 203.0.113.7:9735: connect: connection refused');
    });

    await expect(started.node.connect(URI)).rejects.toMatchObject({
      code: 'node-rejected',
      message: 'The node of the offer cannot be connected to',
    });
  });
});
