-- Facts about this database itself: the fingerprint of the server secret, the login host.
create table settings (
  name text primary key,
  value text not null
);

-- One locked row hands out event numbers, so that number order is commit order.
create table event_head (
  id bigint primary key check (id = 1),
  seq bigint not null
);
insert into event_head (id, seq) values (1, 0);

create table events (
  seq bigint primary key,
  id text not null,
  type text not null,
  created_at bigint not null,
  data text not null
);

create table pay_links (
  id text primary key,
  token_hash text not null unique,
  -- Grows with every change, so that two changes at once do not undo each other.
  revision bigint not null,
  version bigint not null,
  min_msat bigint not null check (min_msat >= 1),
  max_msat bigint not null check (max_msat >= min_msat),
  comment_allowed bigint not null check (comment_allowed >= 0),
  success_action text,
  one_time bigint not null check (one_time in (0, 1)),
  invoice_expiry_seconds bigint not null check (invoice_expiry_seconds >= 60),
  valid_from bigint,
  expires_at bigint,
  label text,
  created_at bigint not null,
  disabled_at bigint,
  deleted_at bigint,
  paid_at bigint
);
create index pay_links_by_age on pay_links (created_at, id);

-- What a wallet was shown, byte for byte. Rows are added and never changed.
create table pay_link_versions (
  pay_link_id text not null references pay_links (id),
  version bigint not null,
  description text not null,
  long_description text,
  image text,
  metadata text not null,
  created_at bigint not null,
  primary key (pay_link_id, version)
);

create table addresses (
  domain text not null,
  name text not null,
  pay_link_id text not null unique references pay_links (id),
  primary key (domain, name)
);
create index addresses_by_name on addresses (name);

create table invoices (
  id text primary key,
  payment_hash text not null unique,
  pay_link_id text not null references pay_links (id),
  version bigint not null,
  bolt11 text not null,
  amount_msat bigint not null check (amount_msat > 0),
  received_msat bigint check (received_msat > 0),
  comment text,
  tag text,
  caller text not null,
  state text not null check (state in ('open', 'settled', 'expired', 'cancelled')),
  surplus bigint not null check (surplus in (0, 1)),
  created_at bigint not null,
  expires_at bigint not null,
  cancel_asked_at bigint,
  closed_at bigint,
  preimage text,
  check ((state = 'settled') = (preimage is not null)),
  check ((state = 'settled') = (received_msat is not null)),
  check ((state = 'open') = (closed_at is null))
);
create index invoices_by_age on invoices (created_at, id);
create index invoices_by_link on invoices (pay_link_id, created_at, id);
create index invoices_open on invoices (created_at, id) where state = 'open';
create index invoices_open_by_caller on invoices (pay_link_id, caller, created_at, id) where state = 'open';
create index invoices_to_cancel on invoices (id) where state = 'open' and cancel_asked_at is not null;

create table logins (
  id text primary key,
  k1 text not null unique,
  action text check (action in ('register', 'login', 'link', 'auth')),
  browser_hash text unique,
  state text not null check (state in ('pending', 'verified')),
  linking_key text,
  signature text,
  created_at bigint not null,
  expires_at bigint not null,
  verified_at bigint,
  check ((state = 'verified') = (linking_key is not null and signature is not null and verified_at is not null))
);
create index logins_by_age on logins (created_at, id);
create index logins_pending on logins (expires_at) where state = 'pending';

create table linking_keys (
  linking_key text primary key,
  created_at bigint not null,
  used_at bigint not null
);

create table sessions (
  session_hash text primary key,
  linking_key text not null,
  created_at bigint not null,
  expires_at bigint not null
);
create index sessions_by_end on sessions (expires_at);

-- The first answer to each Idempotency-Key, written in the transaction of the work it answers for.
create table receipts (
  api_key_id text not null,
  key text not null,
  request_hash text not null,
  status bigint not null,
  body text not null,
  created_at bigint not null,
  primary key (api_key_id, key)
);
create index receipts_by_age on receipts (created_at);

create table event_tickets (
  ticket_hash text primary key,
  api_key_id text not null,
  expires_at bigint not null
);
