import Postgres

extension Migration {
    /// Who wrote an event: events that the database writes itself take the name of the connection.
    static let m0008EventEnvelope = Migration(
        name: "m0008_event_envelope",
        sql: """
            alter table portolan.event
              add column service text not null default coalesce(nullif(current_setting('application_name', true), ''), 'portolan'),
              add column run_id text,
              add column config_hash text,
              add column context jsonb not null default '{}';
            create index event_type on portolan.event (type, at);
            """)
}
