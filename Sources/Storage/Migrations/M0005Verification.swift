import Postgres

extension Migration {
    /// What a verification found after a job, pages as they were read, and what sites say themselves about when their pages changed.
    static let m0005Verification = Migration(
        name: "m0005_verification",
        sql: """
            create table portolan.verification (
              job_id uuid primary key references portolan.job on delete cascade,
              documentation_id uuid not null references portolan.documentation on delete cascade,
              is_ready boolean not null,
              report jsonb not null,
              verified_at timestamptz not null
            );
            create index verification_documentation on portolan.verification (documentation_id, verified_at desc);

            -- The last body of each page, while the operator wants them kept.
            create table portolan.raw_page (
              documentation_id uuid not null references portolan.documentation on delete cascade,
              path text not null,
              url text not null,
              content_type text not null,
              charset text,
              body bytea not null,
              fetched_at timestamptz not null default now(),
              primary key (documentation_id, path)
            );
            create index raw_page_fetched on portolan.raw_page (fetched_at);

            alter table portolan.page add column listed_at text check (octet_length(listed_at) <= 40);
            alter table portolan.crawl_outcome add column listed_at text;
            alter table portolan.documentation
              add column listing_trust smallint not null default 0 check (listing_trust between -3 and 3),
              add column listing_round integer not null default 0;
            """)
}
