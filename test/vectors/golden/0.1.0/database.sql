begin;
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
  id text not null unique,
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
);
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
CREATE INDEX pay_links_by_age on pay_links (created_at, id);
CREATE INDEX addresses_by_name on addresses (name);
CREATE INDEX invoices_by_age on invoices (created_at, id);
CREATE INDEX invoices_by_link on invoices (pay_link_id, created_at, id);
CREATE INDEX invoices_open on invoices (id) where state = 'open';
CREATE INDEX invoices_open_by_caller on invoices (pay_link_id, caller, created_at, id) where state = 'open';
CREATE INDEX invoices_to_cancel on invoices (id) where state = 'open' and cancel_asked_at is not null;
CREATE INDEX logins_by_age on logins (created_at, id);
CREATE INDEX logins_pending on logins (expires_at) where state = 'pending';
CREATE INDEX sessions_by_end on sessions (expires_at);
CREATE INDEX receipts_by_age on receipts (created_at);
insert into "migrations" values (1, '0001_spine.sql', '679ab843979158afe9f37054c1d8c0355191c1876507a942410dd6982e7bbb8c', 1795601827162);
insert into "settings" values ('secret_fingerprint', 'olpn2hohbv63w');
insert into "settings" values ('login_host', 'pay.example.com');
insert into "event_head" values (1, 7);
insert into "events" values (1, 'evt_nepsst4tfxg2jybsk3tngkgiee', 'link.created', 1795601827771, '{"id":"pl_vlsg2w5hj5bya5jc5fspmdb5aa","kind":"pay","label":"shop window"}');
insert into "events" values (2, 'evt_5r2uo4muqwgvsd7plwxnjmcfku', 'link.created', 1795601827896, '{"id":"pl_n3ija7vlvifpldhimnfmwtquzy","kind":"pay","address":"alice@pay.example.com"}');
insert into "events" values (3, 'evt_2cpsiterd3k35n2b2pq4ztgg3a', 'link.changed', 1795601827972, '{"id":"pl_vlsg2w5hj5bya5jc5fspmdb5aa","kind":"pay","label":"shop window"}');
insert into "events" values (4, 'evt_ipalcebhy3e4zrhidnuzz4gwme', 'invoice.created', 1795601828606, '{"id":"inv_bbtxoyu76elpzy3mouznjmfsny","linkId":"pl_vlsg2w5hj5bya5jc5fspmdb5aa","paymentHash":"16853af5a3931a2bf44d47fb2966dc4a2c6157b657b0426afcc85c626c0ae204","amountMsat":21000,"at":"2026-11-25T10:17:08.606Z"}');
insert into "events" values (5, 'evt_djvxl6lruinpbfrpbzbda5yruu', 'invoice.settled', 1795601828682, '{"id":"inv_bbtxoyu76elpzy3mouznjmfsny","linkId":"pl_vlsg2w5hj5bya5jc5fspmdb5aa","paymentHash":"16853af5a3931a2bf44d47fb2966dc4a2c6157b657b0426afcc85c626c0ae204","amountMsat":21000,"receivedMsat":21000,"at":"2026-11-25T10:17:08.650Z"}');
insert into "events" values (6, 'evt_plijeu7wqjiow3qjbekeoatova', 'invoice.created', 1795601828718, '{"id":"inv_sfhe3uiid3xzl322e4l5qij5mq","linkId":"pl_n3ija7vlvifpldhimnfmwtquzy","paymentHash":"410e8a4c7f6db81c0e67ab6a0df4c11dce5790c6290789c911e78b3332c34057","amountMsat":42000,"at":"2026-11-25T10:17:08.718Z"}');
insert into "events" values (7, 'evt_trki5gyxtfg4sfiyenol7hchzy', 'login.verified', 1795601829013, '{"id":"lg_3bz3wndbmvzrbfghyyq7m5fqba","linkingKey":"03774ae7f858a9411e5ef4246b70c65aac5649980be5c17891bbec17895da008cb","action":"register"}');
insert into "pay_links" values ('pl_vlsg2w5hj5bya5jc5fspmdb5aa', '77ec77168201d90324e366303509f4a5064168ba7321893d80ab8427acd6aac9', 2, 2, 1000, 1000000, 100, NULL, 0, 3600, NULL, NULL, 'shop window', 1795601827771, NULL, NULL, NULL);
insert into "pay_links" values ('pl_n3ija7vlvifpldhimnfmwtquzy', 'bf12a52afc0d2478e5cb26ebb44428c7429b33760bd0b2183730c12dd4f67af6', 1, 1, 1000, 2000000, 0, NULL, 0, 3600, NULL, NULL, NULL, 1795601827896, NULL, NULL, NULL);
insert into "pay_link_versions" values ('pl_vlsg2w5hj5bya5jc5fspmdb5aa', 1, 'Coffee', NULL, NULL, '[["text/plain","Coffee"]]', 1795601827771);
insert into "pay_link_versions" values ('pl_n3ija7vlvifpldhimnfmwtquzy', 1, 'For Alice', NULL, NULL, '[["text/plain","For Alice"],["text/identifier","alice@pay.example.com"]]', 1795601827896);
insert into "pay_link_versions" values ('pl_vlsg2w5hj5bya5jc5fspmdb5aa', 2, 'Coffee and cake', NULL, NULL, '[["text/plain","Coffee and cake"]]', 1795601827972);
insert into "addresses" values ('pay.example.com', 'alice', 'pl_n3ija7vlvifpldhimnfmwtquzy');
insert into "invoices" values ('inv_bbtxoyu76elpzy3mouznjmfsny', '16853af5a3931a2bf44d47fb2966dc4a2c6157b657b0426afcc85c626c0ae204', 'pl_vlsg2w5hj5bya5jc5fspmdb5aa', 1, 'lnbcrt210n1p4sdddysp564n0v2aldfvcwj5anmutk77czwdhzqjnqeezk40sj4hn6eqp4evqpp5z6zn4adrjvdzhazdglajjekufgkxz4ak27cyy6huepwxymq2ugzqhp5lpwy0d9lu2a348p0ax2eny95cpv7mwy0mn3xayxnf2nxc0y46n3sxqrrsscqzzs9qyysgq29mfplzyexrk9f3wwt7r5zwhyfw4tt0vetauwrpxqdz08pctvverfgpnvfmnh7sj7uz90yvj8zr2uvltckrrdyqrnv050w2kf2cylvcqzavru0', 21000, 21000, NULL, NULL, 'jmuht5sufnf7crbp37haqrvoim', 'settled', 0, 1795601828606, 1795605428000, NULL, 1795601828650, '5c4700c9b7e6b47208243d411130bdf3554ba2cdef868cc8cf9715d5d9ec48a8');
insert into "invoices" values ('inv_sfhe3uiid3xzl322e4l5qij5mq', '410e8a4c7f6db81c0e67ab6a0df4c11dce5790c6290789c911e78b3332c34057', 'pl_n3ija7vlvifpldhimnfmwtquzy', 1, 'lnbcrt420n1p4sdddysp5pnpkx2u4s7vvrgulnprx6xsks592rfjtje09uw43mq8qnlnv8l6qpp5gy8g5nrldkupcrn84d4qmaxprh890yxx9yrcnjg3u79nxvkrgptshp5735nlnqjh4sqkxvwktdr9l794qtgax8q30ys3unvjgqzdvz8k7tsxqrrsscqzzs9qyysgqntkysd3trymxkg27sm28ar3xnr78g527j7m5fcx5m3vgyv9c0qh4wreyk8yah4ep38mjcss9gsk0ak835ktzepc228h5jrd5t7df6wqpg3gtmp', 42000, NULL, NULL, NULL, 'jmuht5sufnf7crbp37haqrvoim', 'open', 0, 1795601828718, 1795605428000, NULL, NULL, NULL);
insert into "logins" values ('lg_3bz3wndbmvzrbfghyyq7m5fqba', '81863265117dc3956bde2c37e18152076e6eb63784076f406789fd7e194273a6', 'register', NULL, 'verified', '03774ae7f858a9411e5ef4246b70c65aac5649980be5c17891bbec17895da008cb', '30440220478ea686a7b963803d22064373e7513ce0c528f9beed4ac2e6c08d0070420dc202207a7bb0526ffb5aa7a690228ad7ec95ec4924c5d7bb44ed902e8291dd1ad44894', 1795601828740, 1795602428740, 1795601829013);
insert into "linking_keys" values ('03774ae7f858a9411e5ef4246b70c65aac5649980be5c17891bbec17895da008cb', 1795601829013, 1795601829013);
commit;
