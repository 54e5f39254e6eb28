import type { AuditAction, AuditEntry } from '../accounts/audit.ts';
import type { Receipt } from '../accounts/receipt.ts';
import type { Clock } from '../clock.ts';
import { RequestError } from '../errors.ts';
import type { EventType } from '../events/event.ts';
import type { Outgoing } from '../outgoing/outgoing.ts';
import { newId, type Random } from '../random.ts';
import { newWebhookSecret } from './signature.ts';
import type { Delivery, Webhook } from './webhook.ts';
import type { WebhookStore } from './webhook-store.ts';

/** What an operator says of a receiver. */
export interface WebhookTerms {
  readonly url: string;
  readonly types: readonly EventType[] | undefined;
  readonly label: string | undefined;
}

/** What an operator may change. One that is there and undefined is taken away. */
export type WebhookChanges = Partial<WebhookTerms> & { readonly disabled?: boolean };

/** A webhook with a secret that was made just now, which is shown this once. */
export interface WithSecret {
  readonly webhook: Webhook;
  readonly secret: string;
}

interface Parts {
  readonly store: WebhookStore;
  readonly outgoing: Pick<Outgoing, 'faultOf'>;
  /** Number of the newest event. */
  readonly head: () => Promise<bigint>;
  /** Something is to be delivered, or not any more. */
  readonly changed: () => void;
  readonly clock: Clock;
  readonly random: Random;
}

const WEBHOOKS_MAX = 50;
/** So long the secret of before is good beside the new one, for receivers to be changed in peace. */
const OLD_SECRET_MS = 24 * 3_600_000;

/** Receivers of events, as operators keep them. What happened before they were made they never get. */
export class Webhooks {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  async create(
    terms: WebhookTerms,
    actor: string,
    receiptOf?: (made: WithSecret) => Receipt,
  ): Promise<WithSecret> {
    const { store, clock, random, head, changed } = this.#parts;
    await this.#assertReachable(terms.url);
    if ((await store.all()).length >= WEBHOOKS_MAX) {
      throw new RequestError('too-many-requests', `There are ${WEBHOOKS_MAX} webhooks already`);
    }
    const webhook: Webhook = {
      ...{ id: newId('wh', random), ...terms, createdAt: clock.now(), seq: await head() },
      ...{ disabledAt: undefined, pausedAt: undefined, pausedFor: undefined, attempt: undefined },
    };
    const secret = newWebhookSecret(random);
    const made = { webhook, secret };
    const audit = this.#audit(actor, 'webhook.created', webhook.id, { url: originOf(terms.url) });
    await store.add(webhook, secret, audit, receiptOf?.(made));
    changed();
    return made;
  }

  /** Changes terms, or switches it off and on. One that was given up is tried again. */
  async change(id: string, changes: WebhookChanges, actor: string): Promise<Webhook> {
    const { store, clock, changed } = this.#parts;
    const before = await this.get(id);
    const { disabled, ...terms } = changes;
    if (terms.url !== undefined) await this.#assertReachable(terms.url);
    const disabledAt =
      disabled === undefined ? before.disabledAt : disabled ? clock.now() : undefined;
    const audit = this.#audit(actor, 'webhook.changed', id, {
      ...(terms.url !== undefined && { url: originOf(terms.url) }),
      ...(disabled !== undefined && { disabled }),
    });
    const after = await store.change({ ...before, ...terms, disabledAt }, audit);
    if (!after) throw noSuchWebhook();
    changed();
    return after;
  }

  /** Makes a new secret. For a day deliveries are signed with both. */
  async rotate(
    id: string,
    actor: string,
    receiptOf?: (made: WithSecret) => Receipt,
  ): Promise<WithSecret> {
    const { store, clock, random } = this.#parts;
    const webhook = await this.get(id);
    const made = { webhook, secret: newWebhookSecret(random) };
    const rotation = { secret: made.secret, oldUntil: clock.now() + OLD_SECRET_MS };
    const audit = this.#audit(actor, 'webhook.rotated', id, {});
    await store.rotate(id, rotation, audit, receiptOf?.(made));
    return made;
  }

  /** Sends again everything behind an event, or leaves out what lies before it. */
  async replay(
    id: string,
    after: bigint,
    actor: string,
    receiptOf?: (webhook: Webhook) => Receipt,
  ): Promise<Webhook> {
    const { store, head, changed } = this.#parts;
    const webhook = await this.get(id);
    if (after < 0n || after > (await head())) {
      const fields = [
        { pointer: '/after', detail: 'must be the number of an event that there was' },
      ];
      throw new RequestError('invalid-request', `after ${fields[0]?.detail}`, { fields });
    }
    const moved: Webhook = { ...webhook, seq: after, attempt: undefined };
    const audit = this.#audit(actor, 'webhook.replayed', id, { after: Number(after) });
    await store.moveTo(id, after, audit, receiptOf?.(moved));
    changed();
    return moved;
  }

  async remove(id: string, actor: string): Promise<void> {
    await this.get(id);
    const { store, clock, changed } = this.#parts;
    await store.remove(id, clock.now(), this.#audit(actor, 'webhook.removed', id, {}));
    changed();
  }

  async get(id: string): Promise<Webhook> {
    const webhook = await this.#parts.store.find(id);
    if (!webhook) throw noSuchWebhook();
    return webhook;
  }

  async list(limit: number, after: string | undefined): Promise<Webhook[]> {
    return await this.#parts.store.list(limit, after);
  }

  async deliveries(id: string, limit: number, after: number | undefined): Promise<Delivery[]> {
    await this.get(id);
    return await this.#parts.store.deliveries(id, limit, after);
  }

  /** FC-30: what can never arrive is refused when it is made, with the reason. */
  async #assertReachable(url: string): Promise<void> {
    const detail = await this.#parts.outgoing.faultOf(url);
    if (detail === undefined) return;
    const fields = [{ pointer: '/url', detail }];
    throw new RequestError('invalid-request', `url ${detail}`, { fields });
  }

  #audit(
    actor: string,
    action: AuditAction,
    subject: string,
    detail: AuditEntry['detail'],
  ): AuditEntry {
    return { actor, action, subject, detail, createdAt: this.#parts.clock.now() };
  }
}

/** What the trail says of a URL: its path and query may hold a token of the receiver's. */
function originOf(url: string): string {
  return new URL(url).origin;
}

function noSuchWebhook(): RequestError {
  return new RequestError('not-found', 'There is no webhook with this id');
}
