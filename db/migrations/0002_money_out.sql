-- The ledger. Every transfer's entries sum to zero; an account never falls below its floor.
create table accounts (
  id text primary key,
  name text not null,
  floor_msat bigint,
  balance_msat bigint not null,
  -- How many entries it has: their numbers have no gap.
  entry_count bigint not null default 0,
  created_at bigint not null,
  check (floor_msat is null or balance_msat >= floor_msat)
);
insert into accounts (id, name, floor_msat, balance_msat, created_at) values
  ('node', 'What the Lightning node holds for the others, negative', null, 0, 0),
  ('treasury', 'The operator', null, 0, 0),
  ('fees', 'Routing fees paid', 0, 0, 0),
  ('in-flight', 'Reserved for claims whose end is not known', 0, 0, 0),
  ('set-aside', 'Set aside for funded withdraw links', 0, 0, 0);

create table transfers (
  id text primary key,
  kind text not null check (kind in ('invoice', 'reserve', 'paid', 'release', 'set-aside', 'set-back', 'operator')),
  -- What it was for: the id of an invoice, a withdrawal or a link.
  reference text not null,
  note text,
  created_at bigint not null
);
create index transfers_by_reference on transfers (reference);
-- A settlement, a reservation and an end of a claim are each booked once.
create unique index transfers_once on transfers (kind, reference)
  where kind in ('invoice', 'reserve', 'paid', 'release');

create table entries (
  seq bigint not null,
  transfer_id text not null references transfers (id),
  account_id text not null references accounts (id),
  amount_msat bigint not null check (amount_msat <> 0),
  balance_msat bigint not null,
  created_at bigint not null,
  primary key (account_id, seq)
);
create index entries_by_transfer on entries (transfer_id);

create index accounts_by_age on accounts (created_at, id);

-- What was settled before there was a ledger belongs to the operator, to whom it was paid.
insert into transfers (id, kind, reference, note, created_at)
  select 'tr_invoice_' || substr(id, 5), 'invoice', id, null, closed_at
    from invoices where state = 'settled';
insert into entries (account_id, seq, transfer_id, amount_msat, balance_msat, created_at)
  select 'node', row_number() over (order by closed_at, id), 'tr_invoice_' || substr(id, 5),
         -received_msat,
         -sum(received_msat) over (order by closed_at, id rows unbounded preceding), closed_at
    from invoices where state = 'settled';
insert into entries (account_id, seq, transfer_id, amount_msat, balance_msat, created_at)
  select 'treasury', seq, transfer_id, -amount_msat, -balance_msat, created_at
    from entries where account_id = 'node';
update accounts
   set entry_count = (select count(*) from entries where account_id = accounts.id),
       balance_msat = coalesce((select sum(amount_msat) from entries where account_id = accounts.id), 0)
 where id in ('node', 'treasury');

-- null is the treasury.
alter table pay_links add column account_id text references accounts (id);

-- With what each voucher of it was made; a voucher may have been changed since.
create table withdraw_batches (
  id text primary key,
  account_id text not null references accounts (id),
  description text not null,
  min_msat bigint not null,
  max_msat bigint not null,
  wait_seconds bigint,
  day_msat bigint,
  total_msat bigint,
  fee_max_msat bigint,
  pay_link_id text,
  label text,
  valid_from bigint,
  expires_at bigint,
  funded bigint not null check (funded in (0, 1)),
  count bigint not null,
  worst_case_msat bigint not null,
  uncovered_msat bigint not null,
  created_at bigint not null
);
create index withdraw_batches_by_age on withdraw_batches (created_at, id);

create table withdraw_links (
  id text primary key,
  token_hash text not null unique,
  batch_id text references withdraw_batches (id),
  account_id text not null references accounts (id),
  description text not null,
  min_msat bigint not null check (min_msat >= 1),
  max_msat bigint not null check (max_msat >= min_msat),
  uses bigint not null check (uses >= 1),
  wait_seconds bigint check (wait_seconds > 0),
  day_msat bigint check (day_msat > 0),
  total_msat bigint check (total_msat > 0),
  fee_max_msat bigint check (fee_max_msat >= 0),
  pay_link_id text references pay_links (id),
  label text,
  valid_from bigint,
  expires_at bigint,
  created_at bigint not null,
  disabled_at bigint,
  deleted_at bigint,
  -- Counted from open and paid claims; a failed claim gives all of it back.
  uses_taken bigint not null default 0 check (uses_taken >= 0 and uses_taken <= uses),
  uses_paid bigint not null default 0 check (uses_paid >= 0 and uses_paid <= uses_taken),
  taken_msat bigint not null default 0 check (taken_msat >= 0 and (total_msat is null or taken_msat <= total_msat)),
  -- null: not funded. What is left of the money that was set aside for it.
  set_aside_msat bigint check (set_aside_msat >= 0),
  -- When its time passed and the rest of what was set aside went back.
  ended_at bigint
);
create index withdraw_links_by_age on withdraw_links (created_at, id);
create index withdraw_links_by_batch on withdraw_links (batch_id, id) where batch_id is not null;
create index withdraw_links_to_end on withdraw_links (expires_at) where ended_at is null and expires_at is not null;

-- What left or may leave in one hour, for budgets over a day. Scope: a link's id, or 'server'.
create table spend_hours (
  scope text not null,
  hour bigint not null,
  msat bigint not null check (msat >= 0),
  primary key (scope, hour)
);

-- One row a claim, for ever. No payment hash is ever taken twice.
create table withdrawals (
  id text primary key,
  withdraw_link_id text not null references withdraw_links (id),
  k1 text not null,
  payment_hash text not null unique,
  bolt11 text not null,
  amount_msat bigint not null check (amount_msat > 0),
  fee_cap_msat bigint not null check (fee_cap_msat >= 0),
  fee_msat bigint check (fee_msat >= 0),
  invoice_expires_at bigint not null,
  state text not null check (state in ('reserved', 'sending', 'paid', 'failed', 'held')),
  -- Sends that were begun (committed before the first byte), and those that the node itself ended.
  sends_started bigint not null default 0,
  sends_closed bigint not null default 0 check (sends_closed <= sends_started),
  ambiguous_at bigint,
  known_at bigint,
  -- From the set-aside money of a funded link, and not from the account.
  from_set_aside bigint not null check (from_set_aside in (0, 1)),
  reason text,
  preimage text,
  created_at bigint not null,
  closed_at bigint,
  check ((state in ('paid', 'failed')) = (closed_at is not null)),
  check (state <> 'reserved' or sends_started = 0),
  check (state <> 'paid' or fee_msat is not null)
);
create unique index withdrawals_one_by_k1 on withdrawals (k1) where state <> 'failed';
create index withdrawals_by_k1 on withdrawals (k1, created_at);
create index withdrawals_by_link on withdrawals (withdraw_link_id, created_at, id);
create index withdrawals_by_age on withdrawals (created_at, id);
create index withdrawals_unfinished on withdrawals (created_at, id) where state in ('reserved', 'sending', 'held');
create index withdrawals_newest_paid on withdrawals (closed_at) where state = 'paid';

create table channel_offers (
  id text primary key,
  token_hash text not null unique,
  revision bigint not null,
  capacity_sat bigint not null check (capacity_sat > 0),
  push_sat bigint not null check (push_sat >= 0 and push_sat < capacity_sat),
  private text not null check (private in ('wallet', 'always', 'never')),
  sat_per_vbyte bigint check (sat_per_vbyte > 0),
  uses bigint not null check (uses >= 1),
  -- Requests that are under way or ended well; one that failed gives its use back.
  uses_taken bigint not null default 0 check (uses_taken >= 0 and uses_taken <= uses),
  -- Those of them that never come back: a channel was opened, or the wallet did not want it.
  uses_spent bigint not null default 0 check (uses_spent >= 0 and uses_spent <= uses_taken),
  label text,
  valid_from bigint,
  expires_at bigint,
  created_at bigint not null,
  disabled_at bigint,
  deleted_at bigint
);
create index channel_offers_by_age on channel_offers (created_at, id);

-- One row a request for a channel. A k1 opens at most one.
create table channels (
  id text primary key,
  channel_offer_id text not null references channel_offers (id),
  k1 text not null,
  -- null: who cancels need not say who it is.
  node_key text,
  -- The terms of the offer at that moment.
  capacity_sat bigint not null,
  push_sat bigint not null,
  private bigint not null check (private in (0, 1)),
  sat_per_vbyte bigint,
  state text not null check (state in ('requested', 'opening', 'opened', 'failed', 'cancelled', 'held')),
  funding_outpoint text,
  reason text,
  -- When the node was asked; later, when that call ended without a word of the node.
  ambiguous_at bigint,
  created_at bigint not null,
  ended_at bigint,
  check ((state in ('opened', 'failed', 'cancelled')) = (ended_at is not null)),
  check (state <> 'opened' or funding_outpoint is not null),
  check (state in ('requested', 'failed', 'cancelled') or ambiguous_at is not null),
  check (state = 'cancelled' or node_key is not null)
);
create unique index channels_one_by_k1 on channels (k1) where state <> 'failed';
create index channels_by_k1 on channels (k1, created_at);
create index channels_by_offer on channels (channel_offer_id, created_at, id);
create index channels_by_age on channels (created_at, id);
-- With one node one channel is opened at a time.
create unique index channels_unfinished on channels (node_key) where state in ('requested', 'opening');
create index channels_cancelled on channels (ended_at) where state = 'cancelled';

-- Who decided what by hand. One locked row hands out the numbers, so that they have no gap.
create table audit_head (
  id bigint primary key check (id = 1),
  seq bigint not null
);
insert into audit_head (id, seq) values (1, 0);

create table audit (
  seq bigint primary key,
  -- Id of the API key.
  actor text not null,
  action text not null,
  -- Id of the account, transfer or withdrawal.
  subject text not null,
  detail text not null,
  created_at bigint not null
);
