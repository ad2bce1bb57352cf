import Postgres

extension Migration {
    /// The catalog: which versions were taken in, of which artifacts and files they are made, what was found wrong with them, which is the
    /// latest. No row points at a file that was not on the disk before the row.
    static let m0004Catalog = Migration(
        name: "m0004_catalog",
        sql: """
            create table portolan.plan (
              -- SHA-256 of the lockfile: the same sources and the same answers give the same plan.
              id text primary key check (id ~ '^[0-9a-f]{64}$'),
              sources_hash text not null check (sources_hash ~ '^[0-9a-f]{64}$'),
              lockfile jsonb not null,
              created_at timestamptz not null default now()
            );
            create index plan_sources on portolan.plan (sources_hash, created_at desc);

            create table portolan.plan_diff (
              id bigint primary key generated always as identity,
              older_plan_id text not null references portolan.plan on delete cascade,
              newer_plan_id text not null references portolan.plan on delete cascade,
              diff jsonb not null,
              created_at timestamptz not null default now(),
              unique (older_plan_id, newer_plan_id)
            );
            create index plan_diff_newer on portolan.plan_diff (newer_plan_id);

            -- What one source gave at one time. The identifier follows from slot and artifacts: taking the same in again adds nothing.
            create table portolan.catalog_version (
              id text primary key check (id ~ '^[0-9a-f]{32}$'),
              service text not null check (service ~ '^[a-z][a-z0-9_]{0,39}$'),
              slot text not null check (slot ~ '^[a-z0-9][a-z0-9._-]{0,99}$'),
              label text not null check (length(label) between 1 and 200),
              state text not null default 'staged' check (state in ('staged', 'published', 'rejected')),
              documentation_id uuid references portolan.documentation on delete set null,
              job_id uuid references portolan.job on delete set null,
              plan_id text references portolan.plan on delete set null,
              created_at timestamptz not null default now(),
              published_at timestamptz,
              unique (slot, id, state),
              check (state <> 'published' or published_at is not null)
            );
            create index catalog_version_recent on portolan.catalog_version (created_at desc, id);
            create index catalog_version_service on portolan.catalog_version (service, created_at desc, id);
            create index catalog_version_slot on portolan.catalog_version (slot, created_at desc, id);
            create index catalog_version_documentation on portolan.catalog_version (documentation_id) where documentation_id is not null;
            create index catalog_version_job on portolan.catalog_version (job_id) where job_id is not null;
            create index catalog_version_plan on portolan.catalog_version (plan_id) where plan_id is not null;

            create table portolan.artifact (
              -- SHA-256 of the bytes.
              id text not null check (id ~ '^[0-9a-f]{64}$'),
              version_id text not null references portolan.catalog_version on delete cascade,
              status text not null check (status in ('fresh', 'cached', 'failed')),
              name text not null check (length(name) between 1 and 255),
              storage_key text collate "C",
              bytes bigint not null check (bytes >= 0),
              source_url text not null check (octet_length(source_url) between 1 and 4096),
              etag text,
              last_modified text,
              fault_code text,
              fetched_at timestamptz not null,
              recorded_at timestamptz not null default now(),
              primary key (id, version_id),
              check ((status = 'failed') = (storage_key is null)),
              check ((status = 'failed') = (fault_code is not null))
            );
            create index artifact_version on portolan.artifact (version_id);
            create index artifact_key on portolan.artifact (storage_key) where storage_key is not null;

            create table portolan.extracted_file (
              id bigint primary key generated always as identity,
              version_id text not null,
              artifact_id text not null,
              path text collate "C" not null check (octet_length(path) between 1 and 4096),
              format text not null check (format ~ '^[a-z0-9]{1,20}$'),
              bytes bigint not null check (bytes >= 0),
              sha256 bytea not null check (octet_length(sha256) = 32),
              storage_key text collate "C" not null,
              recorded_at timestamptz not null default now(),
              foreign key (artifact_id, version_id) references portolan.artifact (id, version_id) on delete cascade
            );
            -- With all that a comparison of two versions reads.
            create unique index extracted_file_path on portolan.extracted_file (version_id, path) include (format, bytes, sha256);
            create index extracted_file_format on portolan.extracted_file (version_id, format, path);
            create index extracted_file_artifact on portolan.extracted_file (artifact_id, version_id);
            create index extracted_file_key on portolan.extracted_file (storage_key);

            -- What a validator found in a file, or, without a path, in the version as a whole. A failure outlives its file.
            create table portolan.validation (
              id bigint primary key generated always as identity,
              version_id text not null references portolan.catalog_version on delete cascade,
              file_id bigint references portolan.extracted_file on delete set null,
              path text collate "C" not null default '',
              validator text not null check (validator ~ '^[a-z][a-z_]{0,39}$'),
              status text not null check (status in ('pass', 'fail', 'timeout')),
              detail text check (length(detail) <= 1000),
              checked_at timestamptz not null default now()
            );
            create unique index validation_subject on portolan.validation (version_id, validator, path);
            create index validation_file on portolan.validation (file_id) where file_id is not null;
            create index validation_status on portolan.validation (version_id, status, id);

            -- One row for each slot, and only for a version of that slot that is published.
            create table portolan.latest_pointer (
              slot text primary key,
              version_id text not null,
              version_state text not null generated always as ('published') stored,
              set_at timestamptz not null default now(),
              set_by text not null check (length(set_by) between 1 and 200),
              foreign key (slot, version_id, version_state) references portolan.catalog_version (slot, id, state)
            );

            -- Sums that are read far more often than files are written: of 200,000 files nobody wants to count each.
            create table portolan.catalog_usage (
              version_id text not null references portolan.catalog_version on delete cascade,
              format text not null,
              files bigint not null,
              bytes bigint not null,
              primary key (version_id, format)
            );
            create table portolan.validation_count (
              version_id text not null references portolan.catalog_version on delete cascade,
              validator text not null,
              status text not null,
              validations bigint not null,
              primary key (version_id, validator, status)
            );

            create function portolan.add_catalog_usage() returns trigger language plpgsql as $$
            begin
              insert into portolan.catalog_usage as u (version_id, format, files, bytes)
                select version_id, format, count(*), sum(bytes) from added group by version_id, format order by version_id, format
                on conflict (version_id, format) do update set files = u.files + excluded.files, bytes = u.bytes + excluded.bytes;
              return null;
            end $$;
            create function portolan.remove_catalog_usage() returns trigger language plpgsql as $$
            begin
              update portolan.catalog_usage u set files = u.files - g.files, bytes = u.bytes - g.bytes
                from (select version_id, format, count(*) as files, sum(bytes) as bytes from removed group by version_id, format) g
                where (u.version_id, u.format) = (g.version_id, g.format);
              delete from portolan.catalog_usage u using (select distinct version_id from removed) g
                where u.version_id = g.version_id and u.files <= 0;
              return null;
            end $$;
            create trigger extracted_file_added after insert on portolan.extracted_file
              referencing new table as added for each statement execute function portolan.add_catalog_usage();
            create trigger extracted_file_removed after delete on portolan.extracted_file
              referencing old table as removed for each statement execute function portolan.remove_catalog_usage();
            -- What the sums are made of does not change: other bytes are another file.
            create function portolan.forbid_file_change() returns trigger language plpgsql as $$
            begin
              raise exception 'file % of version % cannot change', old.path, old.version_id using errcode = 'PT002';
            end $$;
            create trigger extracted_file_fixed before update of version_id, path, format, bytes, sha256 on portolan.extracted_file
              for each row when ((old.version_id, old.path, old.format, old.bytes, old.sha256)
                is distinct from (new.version_id, new.path, new.format, new.bytes, new.sha256))
              execute function portolan.forbid_file_change();

            create function portolan.add_validation_count() returns trigger language plpgsql as $$
            begin
              insert into portolan.validation_count as c (version_id, validator, status, validations)
                select version_id, validator, status, count(*) from added group by version_id, validator, status
                order by version_id, validator, status
                on conflict (version_id, validator, status) do update set validations = c.validations + excluded.validations;
              return null;
            end $$;
            create function portolan.remove_validation_count() returns trigger language plpgsql as $$
            begin
              update portolan.validation_count c set validations = c.validations - g.validations
                from (select version_id, validator, status, count(*) as validations from removed group by version_id, validator, status) g
                where (c.version_id, c.validator, c.status) = (g.version_id, g.validator, g.status);
              delete from portolan.validation_count c using (select distinct version_id from removed) g
                where c.version_id = g.version_id and c.validations <= 0;
              return null;
            end $$;
            create trigger validation_added after insert on portolan.validation
              referencing new table as added for each statement execute function portolan.add_validation_count();
            create trigger validation_removed after delete on portolan.validation
              referencing old table as removed for each statement execute function portolan.remove_validation_count();
            create function portolan.forbid_validation_change() returns trigger language plpgsql as $$
            begin
              raise exception 'validation % cannot change', old.id using errcode = 'PT002';
            end $$;
            create trigger validation_fixed before update of version_id, validator, status on portolan.validation
              for each row when ((old.version_id, old.validator, old.status) is distinct from (new.version_id, new.validator, new.status))
              execute function portolan.forbid_validation_change();

            -- Who works on the files of a slot: they are written before the rows that name them, and removed after them. Nobody else may
            -- judge or remove them in between.
            create table portolan.slot_claim (
              slot text primary key,
              holder text not null,
              expires_at timestamptz not null
            );

            -- What lay in the object store when the doctor looked: one look is a run.
            create table portolan.store_look (
              id uuid primary key,
              started_at timestamptz not null
            );
            create unlogged table portolan.store_listing (
              look_id uuid not null references portolan.store_look on delete cascade,
              slot text not null,
              is_artifact boolean not null,
              key text collate "C" not null,
              bytes bigint not null,
              modified_at timestamptz not null,
              primary key (look_id, key)
            );

            -- Files that no row names and nobody is working on.
            create view portolan.orphan_object as
              select l.look_id, l.slot, l.is_artifact, l.key, l.bytes, l.modified_at
              from portolan.store_listing l
              where not exists (select from portolan.artifact a where a.storage_key = l.key)
                and not exists (select from portolan.extracted_file f where f.storage_key = l.key)
                and not exists (select from portolan.slot_claim c where c.slot = l.slot and c.expires_at > now());

            -- Rows, older than the look, whose file is missing or has another size.
            create view portolan.missing_object as
              select k.id as look_id, v.slot, true as is_artifact, a.version_id, a.id as artifact_id, a.name as path, a.storage_key as key,
                a.bytes, l.bytes as found_bytes
              from portolan.store_look k
              join portolan.artifact a on a.storage_key is not null and a.recorded_at < k.started_at
              join portolan.catalog_version v on v.id = a.version_id
              left join portolan.store_listing l on l.look_id = k.id and l.key = a.storage_key
              where l.bytes is distinct from a.bytes
              union all
              select k.id, v.slot, false, f.version_id, f.artifact_id, f.path, f.storage_key, f.bytes, l.bytes
              from portolan.store_look k
              join portolan.extracted_file f on f.recorded_at < k.started_at
              join portolan.catalog_version v on v.id = f.version_id
              left join portolan.store_listing l on l.look_id = k.id and l.key = f.storage_key
              where l.bytes is distinct from f.bytes;
            """)
}
