-- The journal and its queues. One row in deliveries is one (message, recipient) of the sum; it is never deleted before it has ended.
create table if not exists meta (name text primary key, value) without rowid;
create table if not exists streams (stream text primary key, epoch integer not null, last integer not null) without rowid;
create table if not exists journal (
  id integer primary key, message_id text not null unique, topic text not null, hub text not null, stream text not null,
  epoch integer not null, sequence integer not null, hops text not null, signature text not null, envelope blob not null,
  accepted_at integer not null, heard integer not null
);
create index if not exists journal_stream on journal (stream, epoch, sequence);
create index if not exists journal_unheard on journal (accepted_at) where not heard;
create table if not exists taken (key text primary key, at integer not null, outcome text not null) without rowid;
create table if not exists said (
  stream text, kind text, subject text, -- a stream is one agency's, in one view and mode, or for one recipient
  digest text not null, message_id text not null, revision integer, updated_at integer, at integer not null,
  primary key (stream, kind, subject)
) without rowid;
create table if not exists newest (
  queue text, agency text, mode text, kind text, subject text, epoch integer not null, sequence integer not null, at integer not null,
  primary key (queue, agency, mode, kind, subject)
) without rowid;
create table if not exists deliveries (
  number integer primary key autoincrement, queue text not null, recipient text not null, message_id text not null, stream text not null,
  kind text not null, subject text not null, stage text not null, attempts integer not null default 0, due integer not null default 0,
  at integer not null, reason text not null default '', unique (queue, message_id)
);
create index if not exists deliveries_waiting on deliveries (queue, number) where stage = 'waiting';
create index if not exists deliveries_receipts on deliveries (queue, subject) where kind = 'receipt';
create index if not exists deliveries_subject on deliveries (queue, subject) where stage = 'waiting';
create table if not exists sums (recipient text, stream text, stage text, count integer not null, primary key (recipient, stream, stage)) without rowid;
create table if not exists asides (
  number integer primary key autoincrement, at integer not null, link text not null, recipient text not null, message_id text,
  verdict text not null, data blob not null
);
create index if not exists asides_at on asides (at);
create index if not exists asides_message on asides (message_id) where message_id is not null;
create table if not exists ends (number integer primary key, at integer not null, how text not null, reason text not null); -- of asides
create table if not exists past ( -- steps of a message's life that its row in deliveries no longer tells
  message_id text not null, at integer not null, recipient text not null, stage text not null, reason text not null
);
create index if not exists past_message on past (message_id);
create table if not exists notes (name text primary key, data blob not null); -- what links remember
create table if not exists stirred (queue text primary key) without rowid; -- where another process has put something
create table if not exists picture ( -- the journal's newest of every subject, and its origin's place
  kind text, agency text, mode text, subject text, id integer not null, epoch integer not null, sequence integer not null,
  primary key (kind, agency, mode, subject)
) without rowid;
