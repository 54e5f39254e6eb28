-- Keys of the admin API. The key itself is never kept: who has the database has no key.
create table api_keys (
  id text primary key,
  name text not null,
  key_hash text not null unique,
  -- A list with commas.
  scopes text not null,
  -- null: of all accounts. Otherwise only what belongs to this one is seen and made.
  account_id text references accounts (id),
  created_at bigint not null,
  -- To the minute, so that reading the API does not mean writing the database.
  last_used_at bigint,
  revoked_at bigint
);
create index api_keys_by_age on api_keys (created_at, id);

-- For the lists of such keys.
create index pay_links_by_account on pay_links (account_id, created_at, id) where account_id is not null;
create index withdraw_links_by_account on withdraw_links (account_id, created_at, id);
create index withdraw_batches_by_account on withdraw_batches (account_id, created_at, id);
