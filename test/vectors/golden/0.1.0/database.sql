begin;
pragma defer_foreign_keys = on;
CREATE TABLE migrations (
         number     bigint primary key,
         name       text   not null,
         sha256     text   not null,
         applied_at bigint not null
       );
CREATE TABLE settings (
  name text primary key,
  value text not null
);
CREATE TABLE event_head (
  id bigint primary key check (id = 1),
  seq bigint not null
);
CREATE TABLE events (
  seq bigint primary key,
  id text not null,
  type text not null,
  created_at bigint not null,
  data text not null
);
CREATE TABLE pay_links (
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
, account_id text references accounts (id));
CREATE TABLE pay_link_versions (
  pay_link_id text not null references pay_links (id),
  version bigint not null,
  description text not null,
  long_description text,
  image text,
  metadata text not null,
  created_at bigint not null,
  primary key (pay_link_id, version)
);
CREATE TABLE addresses (
  domain text not null,
  name text not null,
  pay_link_id text not null unique references pay_links (id),
  primary key (domain, name)
);
CREATE TABLE invoices (
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
CREATE TABLE logins (
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
CREATE TABLE linking_keys (
  linking_key text primary key,
  created_at bigint not null,
  used_at bigint not null
);
CREATE TABLE sessions (
  session_hash text primary key,
  linking_key text not null,
  created_at bigint not null,
  expires_at bigint not null
);
CREATE TABLE receipts (
  api_key_id text not null,
  key text not null,
  request_hash text not null,
  status bigint not null,
  body text not null,
  created_at bigint not null,
  primary key (api_key_id, key)
);
CREATE TABLE event_tickets (
  ticket_hash text primary key,
  api_key_id text not null,
  expires_at bigint not null
);
CREATE TABLE accounts (
  id text primary key,
  name text not null,
  floor_msat bigint,
  balance_msat bigint not null,
  -- How many entries it has: their numbers have no gap.
  entry_count bigint not null default 0,
  created_at bigint not null,
  check (floor_msat is null or balance_msat >= floor_msat)
);
CREATE TABLE transfers (
  id text primary key,
  kind text not null check (kind in ('invoice', 'reserve', 'paid', 'release', 'set-aside', 'set-back', 'operator')),
  -- What it was for: the id of an invoice, a withdrawal or a link.
  reference text not null,
  note text,
  created_at bigint not null
);
CREATE TABLE entries (
  seq bigint not null,
  transfer_id text not null references transfers (id),
  account_id text not null references accounts (id),
  amount_msat bigint not null check (amount_msat <> 0),
  balance_msat bigint not null,
  created_at bigint not null,
  primary key (account_id, seq)
);
CREATE TABLE withdraw_batches (
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
CREATE TABLE withdraw_links (
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
CREATE TABLE spend_hours (
  scope text not null,
  hour bigint not null,
  msat bigint not null check (msat >= 0),
  primary key (scope, hour)
);
CREATE TABLE withdrawals (
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
CREATE TABLE channel_offers (
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
CREATE TABLE channels (
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
CREATE TABLE audit_head (
  id bigint primary key check (id = 1),
  seq bigint not null
);
CREATE TABLE audit (
  seq bigint primary key,
  -- Id of the API key.
  actor text not null,
  action text not null,
  -- Id of the account, transfer or withdrawal.
  subject text not null,
  detail text not null,
  created_at bigint not null
);
CREATE INDEX pay_links_by_age on pay_links (created_at, id);
CREATE INDEX addresses_by_name on addresses (name);
CREATE INDEX invoices_by_age on invoices (created_at, id);
CREATE INDEX invoices_by_link on invoices (pay_link_id, created_at, id);
CREATE INDEX invoices_open on invoices (created_at, id) where state = 'open';
CREATE INDEX invoices_open_by_caller on invoices (pay_link_id, caller, created_at, id) where state = 'open';
CREATE INDEX invoices_to_cancel on invoices (id) where state = 'open' and cancel_asked_at is not null;
CREATE INDEX logins_by_age on logins (created_at, id);
CREATE INDEX logins_pending on logins (expires_at) where state = 'pending';
CREATE INDEX sessions_by_end on sessions (expires_at);
CREATE INDEX receipts_by_age on receipts (created_at);
CREATE INDEX transfers_by_reference on transfers (reference);
CREATE UNIQUE INDEX transfers_once on transfers (kind, reference)
  where kind in ('invoice', 'reserve', 'paid', 'release');
CREATE INDEX entries_by_transfer on entries (transfer_id);
CREATE INDEX accounts_by_age on accounts (created_at, id);
CREATE INDEX withdraw_batches_by_age on withdraw_batches (created_at, id);
CREATE INDEX withdraw_links_by_age on withdraw_links (created_at, id);
CREATE INDEX withdraw_links_by_batch on withdraw_links (batch_id, id) where batch_id is not null;
CREATE INDEX withdraw_links_to_end on withdraw_links (expires_at) where ended_at is null and expires_at is not null;
CREATE UNIQUE INDEX withdrawals_one_by_k1 on withdrawals (k1) where state <> 'failed';
CREATE INDEX withdrawals_by_k1 on withdrawals (k1, created_at);
CREATE INDEX withdrawals_by_link on withdrawals (withdraw_link_id, created_at, id);
CREATE INDEX withdrawals_by_age on withdrawals (created_at, id);
CREATE INDEX withdrawals_unfinished on withdrawals (created_at, id) where state in ('reserved', 'sending', 'held');
CREATE INDEX withdrawals_newest_paid on withdrawals (closed_at) where state = 'paid';
CREATE INDEX channel_offers_by_age on channel_offers (created_at, id);
CREATE UNIQUE INDEX channels_one_by_k1 on channels (k1) where state <> 'failed';
CREATE INDEX channels_by_k1 on channels (k1, created_at);
CREATE INDEX channels_by_offer on channels (channel_offer_id, created_at, id);
CREATE INDEX channels_by_age on channels (created_at, id);
CREATE UNIQUE INDEX channels_unfinished on channels (node_key) where state in ('requested', 'opening');
CREATE INDEX channels_cancelled on channels (ended_at) where state = 'cancelled';
insert into "migrations" values (1, '0001_spine.sql', 'adae0ee9d3216fe26dfd1156e6f51001b3aed0ba6e490cd46a1c6fa2485e2ae8', 1795607947393);
insert into "migrations" values (2, '0002_money_out.sql', 'af437580630d5f172ae6a973add1be5abfda9537b4494b80bad4b677f044dc65', 1795607947396);
insert into "settings" values ('secret_fingerprint', 'olpn2hohbv63w');
insert into "settings" values ('login_host', 'pay.example.com');
insert into "event_head" values (1, 9);
insert into "events" values (1, 'evt_gdmvtuvmn4ujl7wfsrgoqqlufe', 'link.created', 1795607947506, '{"id":"pl_w73m5kw3ei4s3rhxnsonond75e","kind":"pay","label":"shop window"}');
insert into "events" values (2, 'evt_3uvwblqcvmifpm4f2ipd4ew6gu', 'link.created', 1795607947518, '{"id":"pl_3rnbjhkpmewnc6pl4y73yrar6e","kind":"pay","address":"alice@pay.example.com"}');
insert into "events" values (3, 'evt_gbcp54flteytf76oepbeujgfeq', 'link.created', 1795607947525, '{"id":"wl_pkcheeuubk2drf43jkcxikzsye","kind":"withdraw"}');
insert into "events" values (4, 'evt_lx2kznxshmcajq5ldfvhak6cni', 'link.created', 1795607947532, '{"id":"co_whpgibq4fy5l7s65xpuqghb3q4","kind":"channel"}');
insert into "events" values (5, 'evt_gjfui72j4uwfooxuq43o6w2urm', 'link.changed', 1795607947542, '{"id":"pl_w73m5kw3ei4s3rhxnsonond75e","kind":"pay","label":"shop window"}');
insert into "events" values (6, 'evt_odkxtafjgtg5mwt7vqkjgvlkqe', 'invoice.created', 1795607947602, '{"id":"inv_2haskgzsufgigtho55vuwdouyi","linkId":"pl_w73m5kw3ei4s3rhxnsonond75e","paymentHash":"9d18eb8b8a83b727cce0fa2185bac2d4d6e1b1c18b13c3d48841d89f6381c6a9","amountMsat":21000,"at":"2026-11-25T11:59:07.602Z"}');
insert into "events" values (7, 'evt_vbb7a3zu5wyn5juqvolzf6chby', 'invoice.settled', 1795607947611, '{"id":"inv_2haskgzsufgigtho55vuwdouyi","linkId":"pl_w73m5kw3ei4s3rhxnsonond75e","paymentHash":"9d18eb8b8a83b727cce0fa2185bac2d4d6e1b1c18b13c3d48841d89f6381c6a9","amountMsat":21000,"receivedMsat":21000,"at":"2026-11-25T11:59:07.610Z"}');
insert into "events" values (8, 'evt_os4l4hkflv33d5uzn25n4rcsxu', 'invoice.created', 1795607947615, '{"id":"inv_q5waul7rpqd3nhpgju4ygeb6ua","linkId":"pl_3rnbjhkpmewnc6pl4y73yrar6e","paymentHash":"8e6fa9d7577a3aba353890ecad7ba72cd0251ce21f23c2a6a99749987e898899","amountMsat":42000,"at":"2026-11-25T11:59:07.615Z"}');
insert into "events" values (9, 'evt_xjeon2qzvb66wvhcjvsbndiaiu', 'login.verified', 1795607947693, '{"id":"lg_new5eeay756xdji6q6mlawllma","linkingKey":"03774ae7f858a9411e5ef4246b70c65aac5649980be5c17891bbec17895da008cb","action":"register"}');
insert into "pay_links" values ('pl_w73m5kw3ei4s3rhxnsonond75e', '614b3e36af0021e9e84f050bb6968e431122bd06aea0b0ac2eb2bcf224cda951', 2, 2, 1000, 1000000, 100, NULL, 0, 3600, NULL, NULL, 'shop window', 1795607947506, NULL, NULL, NULL, 'treasury');
insert into "pay_links" values ('pl_3rnbjhkpmewnc6pl4y73yrar6e', 'a41fc1c1efe17e41e8588fe09ab4ae39fa677550bc364aed3275b70bbd367aeb', 1, 1, 1000, 2000000, 0, NULL, 0, 3600, NULL, NULL, NULL, 1795607947518, NULL, NULL, NULL, 'treasury');
insert into "pay_link_versions" values ('pl_w73m5kw3ei4s3rhxnsonond75e', 1, 'Coffee', NULL, NULL, '[["text/plain","Coffee"]]', 1795607947506);
insert into "pay_link_versions" values ('pl_3rnbjhkpmewnc6pl4y73yrar6e', 1, 'For Alice', NULL, NULL, '[["text/plain","For Alice"],["text/identifier","alice@pay.example.com"]]', 1795607947518);
insert into "pay_link_versions" values ('pl_w73m5kw3ei4s3rhxnsonond75e', 2, 'Coffee and cake', NULL, NULL, '[["text/plain","Coffee and cake"]]', 1795607947542);
insert into "addresses" values ('pay.example.com', 'alice', 'pl_3rnbjhkpmewnc6pl4y73yrar6e');
insert into "invoices" values ('inv_2haskgzsufgigtho55vuwdouyi', '9d18eb8b8a83b727cce0fa2185bac2d4d6e1b1c18b13c3d48841d89f6381c6a9', 'pl_w73m5kw3ei4s3rhxnsonond75e', 1, 'lnbcrt210n1p4sdnvtsp55lgagz2hp0ryjuacspj5pz8ewzfkap68k2psu82edzpwp0skp6yspp5n5vwhzu2swmj0n8qlgsctwkz6ntwrvwp3vfu84ygg8vf7cupc65shp5lpwy0d9lu2a348p0ax2eny95cpv7mwy0mn3xayxnf2nxc0y46n3sxqrrsscqzzs9qyysgq264srvrtzc2dzg2jk7cfe3t8ytwce94s02r9ukspaetv0acsknjrecdd0d5cjecta5qxdtg8h2zuxy8akq0lvh0yk06gzape9mvpazsqska3eg', 21000, 21000, NULL, NULL, 'jmuht5sufnf7crbp37haqrvoim', 'settled', 0, 1795607947602, 1795611547000, NULL, 1795607947610, 'a17b71ec3d153b8f1a57d66ba71f0ccee782d2c6aadb19b113e96e55b64ab270');
insert into "invoices" values ('inv_q5waul7rpqd3nhpgju4ygeb6ua', '8e6fa9d7577a3aba353890ecad7ba72cd0251ce21f23c2a6a99749987e898899', 'pl_3rnbjhkpmewnc6pl4y73yrar6e', 1, 'lnbcrt420n1p4sdnvtsp5k37a67pc9a323v27ywkupvdnhcxd7k0jlurn2lmusgnauvzcxknqpp53eh6n46h0gat5dfcjrk267a89ngz288zru3u9f4fjayesl5f3zvshp5735nlnqjh4sqkxvwktdr9l794qtgax8q30ys3unvjgqzdvz8k7tsxqrrsscqzzs9qyysgqlgz59hz4g3y85lrnf3gze35fvyaya609st4gkq7ljqekx5gg8x6y8cge9mdxct4ylk7wv3glllf5tru6n4fw9ecw38rljc6x4exl97gqggpnql', 42000, NULL, NULL, NULL, 'jmuht5sufnf7crbp37haqrvoim', 'open', 0, 1795607947615, 1795611547000, NULL, NULL, NULL);
insert into "logins" values ('lg_new5eeay756xdji6q6mlawllma', '997b8012a50c7ab3960973f3018dcb8082392c9a23619905a11a35006be45b45', 'register', NULL, 'verified', '03774ae7f858a9411e5ef4246b70c65aac5649980be5c17891bbec17895da008cb', '3044022040d1ac700cef00606fc921667f7b36f2b826644b536e1af001b5122c5645b5d102200389ecfd1b9cd4da7cb3f1623df11279d4822ae4a1a6d37a56b41de1d564f7a8', 1795607947619, 1795608547619, 1795607947693);
insert into "linking_keys" values ('03774ae7f858a9411e5ef4246b70c65aac5649980be5c17891bbec17895da008cb', 1795607947693, 1795607947693);
insert into "accounts" values ('node', 'What the Lightning node holds for the others, negative', NULL, -21000, 1, 0);
insert into "accounts" values ('treasury', 'The operator', NULL, 21000, 1, 0);
insert into "accounts" values ('fees', 'Routing fees paid', 0, 0, 0, 0);
insert into "accounts" values ('in-flight', 'Reserved for claims whose end is not known', 0, 0, 0, 0);
insert into "accounts" values ('set-aside', 'Set aside for funded withdraw links', 0, 0, 0, 0);
insert into "transfers" values ('tr_invoice_2haskgzsufgigtho55vuwdouyi', 'invoice', 'inv_2haskgzsufgigtho55vuwdouyi', NULL, 1795607947611);
insert into "entries" values (1, 'tr_invoice_2haskgzsufgigtho55vuwdouyi', 'node', -21000, -21000, 1795607947611);
insert into "entries" values (1, 'tr_invoice_2haskgzsufgigtho55vuwdouyi', 'treasury', 21000, 21000, 1795607947611);
insert into "withdraw_links" values ('wl_pkcheeuubk2drf43jkcxikzsye', 'b508d38d65673879a8ed038e84a83e1c6c20cb1fa205900055e6c67fa1e23378', NULL, 'treasury', 'Thank you', 1000, 50000, 1, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 1795607947524, NULL, NULL, 0, 0, 0, NULL, NULL);
insert into "channel_offers" values ('co_whpgibq4fy5l7s65xpuqghb3q4', '6fbbc7b6a2788837387163f9cabe4d07f520ae1974831d994fa5ce34a6bfe0ec', 1, 100000, 0, 'wallet', NULL, 10, 0, 0, NULL, NULL, NULL, 1795607947532, NULL, NULL);
insert into "audit_head" values (1, 0);
commit;
