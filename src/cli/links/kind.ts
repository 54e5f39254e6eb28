/** What pay links and addresses have in common is written once; this is where they differ. */
export interface LinkKind {
  /** The word on the command line. */
  readonly command: 'pay-link' | 'address';
  /** Where the API keeps them. */
  readonly path: '/pay-links' | '/addresses';
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
