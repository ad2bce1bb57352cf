import Postgres

extension Migration {
    /// Private libraries, who may read them, the access lists of keys, and the audit.
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

            -- Who did what. Missing values are empty texts.
            create table portolan.audit (
              id bigint primary key generated always as identity,
              at timestamptz not null,
              event text not null,
              subject text not null,
              role text not null,
              client text not null,
              method text not null,
              route text not null,
              status integer not null,
              duration_ms double precision not null,
              code text not null,
              reason text not null,
              mcp_method text not null,
              tool text not null,
              query_hash text not null,
              request_id text not null,
              correlation_id text not null,
              trace_id text not null
            );
            create index audit_at on portolan.audit (at);
            create index audit_subject on portolan.audit (subject, at);

            -- It only grows, for the table's owner, too: what is younger than its 90 days cannot be changed or removed.
            create function portolan.forbid_audit_change() returns trigger language plpgsql as $$
            begin
              if tg_op = 'DELETE' then
                if old.at < now() - interval '90 days' then return old; end if;
              end if;
              raise exception 'the audit only grows' using errcode = 'PT002';
            end $$;
            create trigger audit_append_only before update or delete on portolan.audit
              for each row execute function portolan.forbid_audit_change();
            create trigger audit_kept before truncate on portolan.audit
              for each statement execute function portolan.forbid_audit_change();
            """)
}
