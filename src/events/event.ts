import { newId, type Random } from '../random.ts';

/** What happened to an invoice, as an operator's program reads it. */
export interface InvoiceEventData {
  readonly id: string;
  readonly linkId: string;
  readonly paymentHash: string;
  readonly amountMsat: number;
  readonly receivedMsat?: number;
  readonly comment?: string;
  readonly tag?: string;
  /** true when a one-time link had been paid already: the money came all the same. */
  readonly surplus?: boolean;
  readonly at: string;
}

export interface LinkEventData {
  readonly id: string;
  readonly kind: 'pay' | 'withdraw' | 'withdraw-batch' | 'channel';
  readonly label?: string;
  readonly address?: string;
  readonly batchId?: string;
  /** How many vouchers a batch has. */
  readonly count?: number;
  readonly disabled?: boolean;
  readonly deleted?: boolean;
}

/** What happened to a claim, as an operator's program reads it. */
export interface WithdrawalEventData {
  readonly id: string;
  readonly linkId: string;
  readonly paymentHash: string;
  readonly amountMsat: number;
  readonly feeCapMsat: number;
  /** Once it is paid. */
  readonly feeMsat?: number;
  /** Why it failed or is held. */
  readonly reason?: string;
}

/** What happened to a request for a channel, as an operator's program reads it. */
export interface ChannelEventData {
  readonly id: string;
  readonly linkId: string;
  /** The node that the channel is for; absent when it was cancelled by nobody in particular. */
  readonly nodeKey?: string;
  readonly capacitySat: number;
  readonly pushSat: number;
  readonly private: boolean;
  /** `txid:index`, once it is opened. */
  readonly fundingOutpoint?: string;
  /** Why it failed or is held. */
  readonly reason?: string;
}

export interface LoginEventData {
  readonly id: string;
  readonly linkingKey: string;
  readonly action?: string;
}

/** Every kind of event with its data. Names are part of the public contract. */
interface EventTypes {
  'invoice.created': InvoiceEventData;
  'invoice.settled': InvoiceEventData;
  'invoice.expired': InvoiceEventData;
  'invoice.cancelled': InvoiceEventData;
  'link.created': LinkEventData;
  'link.changed': LinkEventData;
  'link.spent': LinkEventData;
  'link.expired': LinkEventData;
  'withdrawal.reserved': WithdrawalEventData;
  'withdrawal.paid': WithdrawalEventData;
  'withdrawal.failed': WithdrawalEventData;
  'withdrawal.held': WithdrawalEventData;
  'channel.requested': ChannelEventData;
  'channel.opened': ChannelEventData;
  'channel.failed': ChannelEventData;
  'channel.cancelled': ChannelEventData;
  'channel.held': ChannelEventData;
  'login.verified': LoginEventData;
}

export const EVENT_TYPES = [
  'invoice.created',
  'invoice.settled',
  'invoice.expired',
  'invoice.cancelled',
  'link.created',
  'link.changed',
  'link.spent',
  'link.expired',
  'withdrawal.reserved',
  'withdrawal.paid',
  'withdrawal.failed',
  'withdrawal.held',
  'channel.requested',
  'channel.opened',
  'channel.failed',
  'channel.cancelled',
  'channel.held',
  'login.verified',
] as const satisfies readonly (keyof EventTypes)[];

export type EventType = (typeof EVENT_TYPES)[number];

/** A fact that is about to be written, in the transaction of the change that it tells of. */
export type NewEvent = {
  readonly [Type in EventType]: {
    readonly id: string;
    readonly type: Type;
    readonly createdAt: number;
    readonly data: EventTypes[Type];
  };
}[EventType];

/** A fact with its number. `data` is JSON text, exactly as it was written. */
export interface StoredEvent {
  readonly seq: bigint;
  readonly id: string;
  readonly type: EventType;
  readonly createdAt: number;
  readonly data: string;
}

/** Gives a fact its id and its time. */
export function newEvent<Type extends EventType>(
  type: Type,
  data: EventTypes[Type],
  createdAt: number,
  random: Random,
): NewEvent {
  // The mapped type pairs each name with its data; the pair given here is one of them.
  return { id: newId('evt', random), type, createdAt, data } as NewEvent;
}
