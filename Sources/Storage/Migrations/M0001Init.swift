import Postgres

extension Migration {
    /// Libraries, documentations, pages, sections, chunks, vectors, jobs and their outbox.
    static let m0001Init = Migration(
        name: "m0001_init",
        sql: """
            create extension if not exists vector;

            create table portolan.library (
              id uuid primary key,
              name text not null unique check (length(name) between 1 and 200),
              created_at timestamptz not null default now()
            );

            create table portolan.library_version (
              id uuid primary key,
              library_id uuid not null references portolan.library on delete cascade,
              version text not null check (length(version) between 1 and 100),
              is_latest boolean not null default false,
              created_at timestamptz not null default now(),
              unique (library_id, version)
            );
            create unique index library_version_latest on portolan.library_version (library_id) where is_latest;

            create table portolan.embedding_profile (
              id smallint primary key generated always as identity,
              model text not null,
              revision text not null,
              dimension integer not null check (dimension between 1 and 4000),
              token_limit integer not null check (token_limit > 0),
              created_at timestamptz not null default now(),
              unique (model, revision, dimension)
            );

            create table portolan.documentation (
              id uuid primary key,
              version_id uuid not null references portolan.library_version on delete cascade,
              root_url text not null,
              title text not null default '',
              boilerplate bigint[] not null default '{}',
              held_back text[] not null default '{}',
              section_count integer not null default 0,
              chunk_count integer not null default 0,
              profile_id smallint references portolan.embedding_profile,
              last_synced timestamptz,
              created_at timestamptz not null default now(),
              unique (version_id, root_url)
            );

            create table portolan.source (
              id uuid primary key,
              documentation_id uuid not null references portolan.documentation on delete cascade,
              kind text not null check (kind ~ '^[a-z]{2,20}$'),
              location text not null,
              settings jsonb not null,
              subject text,
              created_at timestamptz not null default now(),
              updated_at timestamptz not null default now(),
              unique (documentation_id, kind, location)
            );
            create index source_subject on portolan.source (kind, subject);

            create table portolan.page (
              documentation_id uuid not null references portolan.documentation on delete cascade,
              path text not null,
              url text not null,
              title text not null default '',
              etag text,
              last_modified text,
              text_checksum bytea not null,
              content_checksum bytea not null,
              links text[] not null default '{}',
              fetched_at timestamptz not null,
              primary key (documentation_id, path)
            );

            create table portolan.section (
              id bigint primary key generated always as identity,
              documentation_id uuid not null references portolan.documentation on delete cascade,
              page_path text not null,
              anchor text not null default '',
              path text not null,
              parent_path text,
              title text not null,
              heading_path text[] not null default '{}',
              level smallint not null,
              ordinal integer not null,
              url text not null,
              summary text not null,
              content text not null,
              token_count integer not null,
              checksum bytea not null,
              chunking text not null,
              fetched_at timestamptz not null,
              unique (documentation_id, path),
              unique (documentation_id, page_path, anchor)
            );
            -- Markdown of a few kB is read far more often than it needs room.
            alter table portolan.section alter column content set storage external;
            create index section_path on portolan.section (documentation_id, path text_pattern_ops);

            create table portolan.chunk (
              id bigint primary key generated always as identity,
              -- That of the section, which is what ties the chunk to it.
              documentation_id uuid not null,
              section_id bigint not null references portolan.section on delete cascade,
              ordinal integer not null,
              anchor text not null default '',
              heading_path text[] not null default '{}',
              text text not null,
              token_count integer not null,
              checksum bytea not null,
              terms integer[] not null,
              weights sparsevec(1000000000) not null
            );
            -- A chunk fits a page as it is: pressing each row into a quarter of one costs more time than it saves room.
            alter table portolan.chunk set (toast_tuple_target = 8160);
            create index chunk_section on portolan.chunk (section_id, ordinal);
            create index chunk_documentation on portolan.chunk (documentation_id);
            create index chunk_checksum on portolan.chunk (checksum);
            -- A publication collects its postings in the pending list and merges them once, at its end: a posting list that is rewritten for
            -- each chunk would take most of the time of an ingestion. The limit is in kB, of which a thousand chunks need about 1,000.
            create index chunk_terms on portolan.chunk using gin (terms) with (fastupdate = on, gin_pending_list_limit = 65536);

            -- Only an index's owner may merge its pending list.
            create function portolan.merge_terms() returns void
            language sql security definer set search_path = pg_catalog, portolan as $$
              select gin_clean_pending_list('portolan.chunk_terms'::regclass)
            $$;

            create table portolan.term_statistic (
              term integer not null,
              documentation_id uuid not null,
              chunks integer not null,
              primary key (term, documentation_id)
            );
            create index term_statistic_documentation on portolan.term_statistic (documentation_id);

            -- Instead of a foreign key, which would look up the one documentation anew for each of its ten thousand terms. Its row is locked
            -- while terms are written.
            create function portolan.delete_term_statistic() returns trigger
            language plpgsql security definer set search_path = pg_catalog, portolan as $$
            begin
              delete from portolan.term_statistic where documentation_id = old.id;
              return null;
            end $$;
            create trigger documentation_terms after delete on portolan.documentation
              for each row execute function portolan.delete_term_statistic();

            -- Keyed by content: the same text in two versions has one vector, and a renamed page costs no embedding.
            create table portolan.embedding (
              profile_id smallint not null references portolan.embedding_profile,
              checksum bytea not null,
              vector halfvec not null,
              created_at timestamptz not null default now(),
              primary key (profile_id, checksum)
            ) partition by list (profile_id);

            -- A partition and an index of its own for each profile: vectors of two models never meet, and an index has one dimension.
            create function portolan.ensure_profile(p_model text, p_revision text, p_dimension integer, p_token_limit integer)
            returns smallint language plpgsql security definer set search_path = pg_catalog, portolan, public as $$
            declare
              v_id smallint;
            begin
              select id into v_id from portolan.embedding_profile
                where model = p_model and revision = p_revision and dimension = p_dimension;
              if found then return v_id; end if;
              perform pg_advisory_xact_lock(hashtext('portolan.ensure_profile'));
              select id into v_id from portolan.embedding_profile
                where model = p_model and revision = p_revision and dimension = p_dimension;
              if found then return v_id; end if;
              insert into portolan.embedding_profile (model, revision, dimension, token_limit)
                values (p_model, p_revision, p_dimension, p_token_limit) returning id into v_id;
              execute format('create table portolan.embedding_p%s partition of portolan.embedding for values in (%s)', v_id, v_id);
              execute format('alter table portolan.embedding_p%s alter column vector set storage plain', v_id);
              execute format(
                'create index embedding_p%s_hnsw on portolan.embedding_p%s using hnsw ((vector::halfvec(%s)) halfvec_cosine_ops)',
                v_id, v_id, p_dimension);
              return v_id;
            end $$;

            create table portolan.job (
              id uuid primary key,
              documentation_id uuid not null references portolan.documentation on delete cascade,
              source_id uuid not null references portolan.source on delete cascade,
              status text not null default 'PENDING' check (
                status in ('PENDING', 'CRAWLING', 'PARSING', 'EMBEDDING', 'INDEXING', 'COMPLETED', 'FAILED', 'STOPPED')),
              priority text not null default 'normal' check (priority in ('high', 'normal')),
              settings jsonb not null,
              progress_percent smallint not null default 0 check (progress_percent between 0 and 100),
              pages_processed integer not null default 0,
              pages_by_outcome jsonb not null default '{}',
              sections_changed integer not null default 0,
              sections_unchanged integer not null default 0,
              sections_deleted integer not null default 0,
              pages_held_back integer not null default 0,
              chunks_embedded integer not null default 0,
              chunks_reused integer not null default 0,
              crawl_complete boolean,
              stop_requested boolean not null default false,
              fault jsonb,
              stage_seconds jsonb not null default '{}',
              attempt integer not null default 0,
              retry_of uuid references portolan.job on delete set null,
              idempotency_key text,
              idempotency_digest bytea,
              correlation_id text not null,
              traceparent text,
              not_before timestamptz not null default now(),
              released_at timestamptz,
              lease_holder text,
              lease_expires_at timestamptz,
              fence bigint not null default 0,
              progressed_at timestamptz not null default now(),
              created_at timestamptz not null default now(),
              started_at timestamptz,
              finished_at timestamptz
            ) with (fillfactor = 40); -- It changes many times before it ends, hardly ever in an indexed column: that stays on its page.
            create unique index job_idempotency on portolan.job (idempotency_key) where idempotency_key is not null;
            create index job_open on portolan.job (created_at) where status not in ('COMPLETED', 'FAILED', 'STOPPED');
            create index job_documentation on portolan.job (documentation_id, created_at desc);
            create index job_recent on portolan.job (created_at desc, id);

            create table portolan.outbox (
              id bigint primary key generated always as identity,
              job_id uuid not null references portolan.job on delete cascade,
              stream text not null,
              created_at timestamptz not null default now(),
              published_at timestamptz
            );
            create index outbox_waiting on portolan.outbox (id) where published_at is null;
            create index outbox_job on portolan.outbox (job_id);

            -- What a crawl saw, one row for each URL: the outcome table, and the checkpoint from which a crawl goes on after a crash.
            create table portolan.crawl_outcome (
              job_id uuid not null references portolan.job on delete cascade,
              ordinal bigint generated always as identity,
              url text not null,
              final_url text,
              kind text not null,
              reason text not null,
              http_status integer,
              detail text,
              depth smallint not null,
              is_transient boolean not null default false,
              links text[] not null default '{}',
              page_path text,
              title text,
              content bytea,
              text_checksum bytea,
              content_checksum bytea,
              etag text,
              last_modified text,
              at timestamptz not null default now(),
              primary key (job_id, url)
            );
            -- Staged for the minutes of a job: not worth compressing.
            alter table portolan.crawl_outcome alter column content set storage external, alter column links set storage external;
            create index crawl_outcome_page on portolan.crawl_outcome (job_id, page_path) where page_path is not null;

            create table portolan.dead_letter (
              id bigint primary key generated always as identity,
              job_id uuid references portolan.job on delete cascade,
              kind text not null,
              reason text not null,
              attempts integer not null,
              envelope bytea,
              created_at timestamptz not null default now()
            );
            create index dead_letter_created on portolan.dead_letter (created_at);

            create table portolan.leader (
              name text primary key,
              holder text not null,
              fence bigint not null default 1,
              expires_at timestamptz not null
            );

            -- Keys that every replica must share, made once.
            create table portolan.secret (
              name text primary key,
              value bytea not null
            );
            insert into portolan.secret (name, value)
              values ('cursor', sha256(convert_to(gen_random_uuid()::text || gen_random_uuid()::text, 'UTF8')));

            create function portolan.forbid_final_job_change() returns trigger language plpgsql as $$
            declare
              stages constant text[] := array['PENDING', 'CRAWLING', 'PARSING', 'EMBEDDING', 'INDEXING', 'COMPLETED'];
            begin
              if old.status = new.status then
                if new.progress_percent < old.progress_percent then new.progress_percent := old.progress_percent; end if;
                return new;
              end if;
              if old.status in ('COMPLETED', 'FAILED', 'STOPPED') then
                raise exception 'job % is %', old.id, old.status using errcode = 'PT001';
              end if;
              if new.status not in ('FAILED', 'STOPPED')
                and array_position(stages, new.status) <> array_position(stages, old.status) + 1 then
                raise exception 'job % cannot go from % to %', old.id, old.status, new.status using errcode = 'PT001';
              end if;
              if new.progress_percent < old.progress_percent then new.progress_percent := old.progress_percent; end if;
              return new;
            end $$;
            create trigger job_forward_only before update on portolan.job
              for each row when (old.status <> new.status or new.progress_percent < old.progress_percent)
              execute function portolan.forbid_final_job_change();
            """)
}
