import Postgres

extension Migration {
    /// Keys of the API. A secret has 256 random bits, so a fast hash keeps it as well as a slow one would, and a request costs no
    /// milliseconds.
    static let m0008APIKeys = Migration(
        name: "m0008_api_keys",
        sql: """
            create table portolan.api_key (
              id uuid primary key,
              name text not null check (length(name) between 1 and 100),
              -- The part of the key that names it.
              prefix text not null unique check (prefix ~ '^[0-9a-f]{12}$'),
              -- SHA-256 of the whole key.
              digest bytea not null check (octet_length(digest) = 32),
              role text not null check (role in ('READER', 'POWER', 'ADMIN')),
              scopes text[] not null check (cardinality(scopes) > 0 and scopes <@ array['docs:read', 'ask', 'ingest', 'admin']),
              created_at timestamptz not null default now(),
              expires_at timestamptz not null,
              last_used_at timestamptz,
              revoked_at timestamptz
            );
            create index api_key_working on portolan.api_key (expires_at) where revoked_at is null;
            """)
}
