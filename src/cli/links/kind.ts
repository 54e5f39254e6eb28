/** What links have in common is written once; this is where they differ. */
export interface LinkKind {
  /** The word on the command line. */
  readonly command: 'pay-link' | 'address' | 'withdraw-link' | 'batch' | 'channel-offer';
  /** Where the API keeps them. */
  readonly path:
    | '/pay-links'
    | '/addresses'
    | '/withdraw-links'
    | '/withdraw-batches'
    | '/channel-offers';
  readonly noun: string;
}

export const PAY_LINK: LinkKind = {
  command: 'pay-link',
  path: '/pay-links',
  noun: 'pay link',
};

export const ADDRESS: LinkKind = {
  command: 'address',
  path: '/addresses',
  noun: 'lightning address',
};

export const WITHDRAW_LINK: LinkKind = {
  command: 'withdraw-link',
  path: '/withdraw-links',
  noun: 'withdraw link',
};

export const BATCH: LinkKind = {
  command: 'batch',
  path: '/withdraw-batches',
  noun: 'batch of vouchers',
};

export const CHANNEL_OFFER: LinkKind = {
  command: 'channel-offer',
  path: '/channel-offers',
  noun: 'channel offer',
};
