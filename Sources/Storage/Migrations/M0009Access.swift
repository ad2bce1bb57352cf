import Postgres

extension Migration {
    /// Private libraries, who may read them, and the access lists of keys.
    static let m0009Access = Migration(
        name: "m0009_access",
        sql: """
            alter table portolan.library add column is_private boolean not null default false;

            -- That a group may read a private library: all of it, or one documentation.
            create table portolan.access_grant (
              library_id uuid not null references portolan.library on delete cascade,
              documentation_id uuid references portolan.documentation on delete cascade,
              grantee text not null check (octet_length(grantee) between 1 and 200),
              created_at timestamptz not null default now(),
              unique nulls not distinct (library_id, grantee, documentation_id)
            );
            create index access_grant_documentation on portolan.access_grant (documentation_id) where documentation_id is not null;

            alter table portolan.api_key
              -- Names, whether or not there are such libraries; * is all.
              add column libraries text[] not null default '{}' check (cardinality(libraries) <= 200),
              add column documentations uuid[] not null default '{}' check (cardinality(documentations) <= 200);
            -- Keys that are there see what they saw.
            update portolan.api_key set libraries = '{*}';
            """)
}
