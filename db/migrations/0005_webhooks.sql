-- Receivers of events. Each goes through the log in its order and never past what it has not taken.
create table webhooks (
  id text primary key,
  url text not null,
  -- A list with commas; null: every kind of event.
  types text,
  label text,
  -- Sealed with the server's secret.
  secret text not null,
  -- The one before, with which is signed too until its time is over.
  old_secret text,
  old_secret_until bigint,
  created_at bigint not null,
  disabled_at bigint,
  deleted_at bigint,
  -- When it was given up, and the last words it was given up for.
  paused_at bigint,
  paused_for text,
  -- Number of the last event that it took, or that was none of its kind.
  seq bigint not null,
  -- Of the event after that: when it was first tried, how often, and when it is tried again.
  tried_since bigint,
  tries bigint not null default 0,
  next_try_at bigint
);
create index webhooks_by_age on webhooks (created_at, id);

-- What was sent and what came back, one row an event.
create table webhook_deliveries (
  webhook_id text not null references webhooks (id),
  seq bigint not null,
  event_id text not null,
  type text not null,
  tries bigint not null,
  -- null: nobody answered.
  status bigint,
  error text,
  first_try_at bigint not null,
  last_try_at bigint not null,
  delivered_at bigint,
  primary key (webhook_id, seq)
);
create index webhook_deliveries_by_age on webhook_deliveries (last_try_at);
