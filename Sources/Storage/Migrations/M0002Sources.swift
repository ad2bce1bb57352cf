import Postgres

extension Migration {
    /// Keeping sources up to date: timing, loans for looks, webhooks.
    static let m0002Sources = Migration(
        name: "m0002_sources",
        sql: """
            alter table portolan.source
              add column poll_seconds integer check (poll_seconds between 10 and 2592000),
              add column schedule text check (octet_length(schedule) <= 200),
              add column is_paused boolean not null default false,
              add column state text not null default 'IDLE' check (state in ('IDLE', 'DEGRADED', 'ERROR')),
              add column fault jsonb,
              add column failures integer not null default 0,
              add column cursor text,
              add column sync_requested_at timestamptz,
              add column next_poll_at timestamptz,
              add column polled_at timestamptz,
              add column poll_holder text,
              add column poll_expires_at timestamptz,
              add column received bigint not null default 0,
              add column queued bigint not null default 0,
              add column errors bigint not null default 0,
              add constraint source_timing check (poll_seconds is null or schedule is null);
            create index source_due on portolan.source (next_poll_at) where next_poll_at is not null and not is_paused;
            create index job_source on portolan.job (source_id, created_at desc);

            create table portolan.webhook_delivery (
              kind text not null,
              delivery text not null check (octet_length(delivery) between 1 and 200),
              event text not null,
              received_at timestamptz not null default now(),
              primary key (kind, delivery)
            );
            create index webhook_delivery_received on portolan.webhook_delivery (received_at);

            create table portolan.webhook_handshake (
              kind text primary key,
              token text not null check (octet_length(token) <= 1000),
              received_at timestamptz not null default now()
            );
            """)
}
