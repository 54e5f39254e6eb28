/** What the API says of a pay link, as far as it matters here. */
export interface PayLinkJson {
  readonly id: string;
  readonly url: string;
  readonly description: string;
  readonly label: string;
}

/** A POST with an `Idempotency-Key`. Its label is the key, so that what it made can be counted. */
export interface Post {
  readonly key: string;
  readonly body: { readonly label: string };
  /** The text that it was answered with; undefined while nobody heard an answer. */
  answer: string | undefined;
}

/** An invoice that a wallet was given. */
export interface GivenInvoice {
  readonly id: string;
  readonly bolt11: string;
  readonly amountMsat: number;
}

/** The link whose description counts its changes: the last that was asked for, and the last heard. */
export interface Changes {
  readonly linkId: string;
  asked: number;
  answered: number;
}

/** Everything that the server was heard to promise, over all its lives. */
export class Books {
  readonly posts: Post[] = [];
  readonly links = new Map<string, PayLinkJson>();
  readonly invoices = new Map<string, GivenInvoice>();
  /** Payment hashes of which the payer was told that they are paid. */
  readonly paid = new Set<string>();
  changes: Changes | undefined;
  #keys = 0;

  /** A POST that nobody has sent yet. */
  newPost(fields: object = {}): Post {
    this.#keys += 1;
    const key = `post-${this.#keys}`;
    const body = { description: key, minMsat: 1000, maxMsat: 1_000_000, label: key, ...fields };
    const post: Post = { key, body, answer: undefined };
    this.posts.push(post);
    return post;
  }

  /** Writes down what a POST was answered; a second answer must be the first one again. */
  answered(post: Post, answer: string): PayLinkJson {
    if (post.answer !== undefined && post.answer !== answer) {
      throw new Error(`${post.key} was answered ${post.answer} and then ${answer}`);
    }
    post.answer = answer;
    const link = JSON.parse(answer) as PayLinkJson;
    this.links.set(link.id, link);
    return link;
  }
}
