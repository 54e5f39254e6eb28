import { assertOfferOpen, type ChannelOffer, isPrivate } from '../../accounts/channel-offer.ts';
import type { ChannelOffers } from '../../accounts/channel-offers.ts';
import type { Clock } from '../../clock.ts';
import { NodeError, RequestError } from '../../errors.ts';
import type { K1, NodeKey } from '../../hex.ts';
import { channelRequest, readChannelCall } from '../../lnurl/channel/channel.ts';
import type { Channel } from '../../payments/channel.ts';
import type { Channels, WantedChannel } from '../../payments/channels.ts';
import type { PublicUrls } from '../public-urls.ts';
import type { WalletHandler } from './call.ts';

export interface ChannelParts {
  readonly channelOffers: ChannelOffers;
  readonly channels: Channels;
  readonly urls: PublicUrls;
  /** `pubkey@host:port` to which wallets connect; undefined when there is none that they can reach. */
  readonly nodeUri: () => string | undefined;
  readonly clock: Clock;
}

/** What wallets ask of channel offers. */
export class ChannelHandlers {
  readonly #parts: ChannelParts;

  constructor(parts: ChannelParts) {
    this.#parts = parts;
  }

  /** LUD-02, first call: reads only. */
  readonly info: WalletHandler = async (params) => {
    const { channelOffers, urls } = this.#parts;
    const offer = await channelOffers.byToken(params.token ?? '');
    return channelRequest({
      uri: this.assertReady(offer),
      callback: urls.channelCallback(channelOffers.token(offer)),
      k1: channelOffers.challenge(offer),
    });
  };

  /**
   * LUD-02, second call: answers when the channel is pending, or is on its way and was not refused
   * within a moment. What is refused gives its use back, and the same wallet may try again.
   */
  readonly callback: WalletHandler = async (params, call, signal) => {
    const { channelOffers, channels } = this.#parts;
    const offer = await channelOffers.byToken(params.token ?? '');
    const said = readChannelCall(call.query);
    if (said.kind === 'cancel') {
      channelOffers.assertChallenge(offer, said.k1);
      await channels.cancel({ ...termsOf(offer, undefined), k1: said.k1 });
      return OK;
    }
    const { k1, nodeKey } = said;
    const channel =
      (await this.#repeated(offer, k1, nodeKey)) ??
      (await this.#request(offer, { ...termsOf(offer, said.private), k1, nodeKey }, signal));
    await channels.assertAccepted(channel);
    return OK;
  };

  /** Where to connect; throws in words for the wallet when the offer cannot be taken up now. */
  assertReady(offer: ChannelOffer): string {
    const { nodeUri, channels, clock } = this.#parts;
    assertOfferOpen(offer, clock.now());
    channels.assertGoing();
    const uri = nodeUri();
    if (uri !== undefined) return uri;
    throw new NodeError('node-unavailable', 'channel offers are not available');
  }

  /** LUD02-6: what was asked by this k1 before, for this node and of this offer. */
  async #repeated(offer: ChannelOffer, k1: K1, nodeKey: NodeKey): Promise<Channel | undefined> {
    const before = await this.#parts.channels.repeated(k1, nodeKey);
    if (!before || before.channelOfferId === offer.id) return before;
    throw new RequestError('invalid-request', 'k1 does not belong to this offer');
  }

  async #request(
    offer: ChannelOffer,
    wanted: WantedChannel,
    signal: AbortSignal,
  ): Promise<Channel> {
    const { channelOffers, channels, clock } = this.#parts;
    channelOffers.assertChallenge(offer, wanted.k1);
    assertOfferOpen(offer, clock.now());
    return await channels.request(wanted, signal);
  }
}

const OK = { status: 'OK' } as const;

/** What a request keeps of its offer, as it stands at that moment. */
function termsOf(
  offer: ChannelOffer,
  wish: boolean | undefined,
): Omit<WantedChannel, 'k1' | 'nodeKey'> {
  const { capacitySat, pushSat, satPerVbyte } = offer;
  return {
    ...{ channelOfferId: offer.id, capacitySat, pushSat, satPerVbyte },
    private: isPrivate(offer.private, wish),
  };
}
