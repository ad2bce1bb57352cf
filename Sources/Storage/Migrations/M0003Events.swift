import Postgres

extension Migration {
    /// Events of the stage boundaries, written by the statement that crosses the boundary: neither can be there without the other.
    static let m0003Events = Migration(
        name: "m0003_events",
        sql: """
            create table portolan.event (
              id bigint primary key generated always as identity,
              at timestamptz not null default clock_timestamp(),
              type text not null check (type ~ '^[a-z]+([.][a-z_]+)+$'),
              level text not null check (level in ('INFO', 'WARN', 'ERROR')),
              job_id uuid,
              documentation_id uuid,
              correlation_id text,
              payload jsonb not null default '{}'
            );
            create index event_at on portolan.event (at);
            create index event_job on portolan.event (job_id) where job_id is not null;

            create function portolan.note_boundary() returns trigger language plpgsql as $$
            declare
              stages constant jsonb := '{"CRAWLING": "download", "PARSING": "extraction", "EMBEDDING": "validation", "INDEXING": "latest"}';
              before constant text := stages ->> old.status;
              after constant text := stages ->> new.status;
            begin
              if before is not null then
                insert into portolan.event (type, level, job_id, documentation_id, correlation_id, payload) values (
                  'boundary.' || before || case when new.status in ('FAILED', 'STOPPED') then '.error' else '.success' end,
                  case new.status when 'FAILED' then 'ERROR' when 'STOPPED' then 'WARN' else 'INFO' end,
                  new.id, new.documentation_id, new.correlation_id,
                  case when new.status in ('FAILED', 'STOPPED')
                    then jsonb_build_object('status', new.status, 'code', new.fault ->> 'code') else '{}' end);
              end if;
              if after is not null then
                insert into portolan.event (type, level, job_id, documentation_id, correlation_id)
                  values ('boundary.' || after || '.begin', 'INFO', new.id, new.documentation_id, new.correlation_id);
              end if;
              return null;
            end $$;
            create trigger job_boundaries after update on portolan.job
              for each row when (old.status is distinct from new.status) execute function portolan.note_boundary();
            """)
}
