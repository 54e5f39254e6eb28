-- What was seen when a payment was found to be in flight for ever, for the person who decides it.
-- When the node was down after the send, and when no channel of it held the payment.
alter table withdrawals add column node_restarted_at bigint;
alter table withdrawals add column no_htlc_at bigint;
