import Postgres

extension Migration {
    /// Replies to requests with an idempotency key, for a day.
    static let m0010KeptReplies = Migration(
        name: "m0010_kept_replies",
        sql: """
            create table portolan.kept_reply (
              subject text not null,
              operation text not null,
              key text not null check (octet_length(key) between 1 and 255),
              -- SHA-256 of what makes the request what it is.
              digest bytea not null check (octet_length(digest) = 32),
              -- Null while the request is being done.
              status integer,
              location text,
              body bytea,
              created_at timestamptz not null default now(),
              primary key (subject, operation, key),
              check ((status is null) = (body is null))
            );
            create index kept_reply_age on portolan.kept_reply (created_at);
            """)
}
