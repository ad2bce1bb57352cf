package import Postgres
package import Primitives

/// The group roles of the database, and exactly what each may do in the schema `portolan`:
///
/// - `portolan_owner` owns the schema and everything in it; its members migrate.
/// - `portolan_service` reads and writes rows and cannot change the schema; the history of migrations it only reads.
/// - `portolan_reader` reads the tables that a search reads. The service takes this role on for each search.
///
/// None can log in: an administrator makes users that are members. Roles belong to the whole server, so two databases share them.
package enum DatabaseRoles {
    /// What became of an arrangement.
    package enum Outcome: Sendable, Equatable {
        /// Roles, owners and rights are as described.
        case arranged
        /// The user may not arrange them and nothing was changed; the text says in one line why and what an administrator should run.
        case notAllowed(String)
    }

    /// The tables that `PostgresSearchStore` reads, beside the partitions of `embedding`.
    static let searched = [
        "access_grant", "chunk", "documentation", "embedding", "embedding_profile", "library", "library_version", "secret", "section",
        "term_statistic",
    ]

    /// Makes what is missing and sets all rights anew, in one transaction; run it after the migrations, as often as you like.
    ///
    /// Takes the lock of the migrations. Later partitions of `embedding` get their rights by default privileges.
    /// - Parameters:
    ///   - client: a user who may create roles (CREATEROLE or superuser), or a member of `portolan_owner` when the roles are there.
    ///   - deadline: for all of it; nil: one minute.
    /// - Throws: `PostgresError` for everything but a missing right.
    package static func arrange(client: PostgresClient, deadline: Deadline? = nil) async throws -> Outcome {
        do {
            try await client.withTransaction(deadline: deadline ?? .after(.seconds(60))) { connection in
                _ = try await connection.query("SELECT pg_advisory_xact_lock(\(MigrationRunner.lock))")
                for script in [extensionPlace, roles, ownership, rights] { try await connection.execute(script: SQL(script: script)) }
            }
            return .arranged
        } catch let error as PostgresError {
            // 42501: insufficient_privilege
            guard error.sqlState == "42501" else { throw error }
            let user = try await client.query("SELECT quote_ident(current_user)").single().decode(0, as: String.self)
            return .notAllowed(
                """
                The database roles are not set up (\(error.message)). An administrator should run: CREATE ROLE portolan_owner; \
                CREATE ROLE portolan_service; CREATE ROLE portolan_reader; GRANT portolan_reader TO portolan_service; GRANT portolan_owner TO \(user); and then `portolan migrate` again.
                """)
        }
    }

    // A migrating user with the name of the schema has it first in its search path, and the extension in it: where no other user finds its types.
    private static let extensionPlace = """
        do $$
        begin
          if (select extnamespace from pg_extension where extname = 'vector') = 'portolan'::regnamespace then
            alter extension vector set schema public;
          end if;
        exception when insufficient_privilege then
          raise insufficient_privilege using message = 'the extension vector must be moved: ALTER EXTENSION vector SET SCHEMA public';
        end $$
        """

    // A role may be made at the same moment for another database of the server.
    private static let roles = """
        do $$
        declare
          name text;
        begin
          foreach name in array array['portolan_owner', 'portolan_service', 'portolan_reader'] loop
            if not exists (select from pg_roles where rolname = name) then
              begin
                execute format('create role %I nologin', name);
              exception when duplicate_object or unique_violation then null;
              end;
            end if;
          end loop;
          if not (pg_has_role(current_user, 'portolan_owner', 'SET') and pg_has_role(current_user, 'portolan_owner', 'USAGE')) then
            execute format('grant portolan_owner to %I with inherit true, set true', current_user);
          end if;
          -- Without it searches run as the service: no reason to stop.
          if not pg_has_role('portolan_service', 'portolan_reader', 'SET') then
            begin
              grant portolan_reader to portolan_service with inherit false, set true;
            exception when insufficient_privilege then null;
            end;
          end if;
        end $$
        """

    // The owner of a schema needs the right to create in the database, which not every migrating user may pass on: the schema stays its own then.
    private static let ownership = """
        grant usage, create on schema portolan to portolan_owner;
        do $$
        declare
          item record;
        begin
          if has_database_privilege(current_user, current_database(), 'CREATE WITH GRANT OPTION') then
            execute format('grant create on database %I to portolan_owner', current_database());
            if (select nspowner from pg_namespace where nspname = 'portolan') <> 'portolan_owner'::regrole then
              alter schema portolan owner to portolan_owner;
            end if;
          end if;
          for item in
            select c.oid::regclass as name from pg_class c
            where c.relnamespace = 'portolan'::regnamespace and c.relkind in ('r', 'p', 'v', 'm') and c.relowner <> 'portolan_owner'::regrole
          loop
            execute format('alter table %s owner to portolan_owner', item.name);
          end loop;
          for item in
            select p.oid::regprocedure as name from pg_proc p
            where p.pronamespace = 'portolan'::regnamespace and p.proowner <> 'portolan_owner'::regrole
          loop
            execute format('alter routine %s owner to portolan_owner', item.name);
          end loop;
        end $$
        """

    // ensure_profile runs with its owner's rights: without the revocation of EXECUTE a reader could make tables through it.
    private static let rights = """
        revoke all on schema portolan from public, portolan_service, portolan_reader;
        revoke all on all tables in schema portolan from public, portolan_service, portolan_reader;
        revoke all on all routines in schema portolan from public, portolan_service, portolan_reader;
        grant usage on schema portolan to portolan_service, portolan_reader;
        grant select, insert, update, delete on all tables in schema portolan to portolan_service;
        revoke insert, update, delete on portolan.schema_migration from portolan_service;
        revoke update on portolan.audit from portolan_service;
        grant usage on all sequences in schema portolan to portolan_service;
        grant execute on all routines in schema portolan to portolan_service;
        grant select on \(searched.map { "portolan." + $0 }.joined(separator: ", ")) to portolan_reader;
        do $$
        declare
          item record;
        begin
          for item in select inhrelid::regclass as name from pg_inherits where inhparent = 'portolan.embedding'::regclass loop
            execute format('grant select on %s to portolan_reader', item.name);
          end loop;
        end $$;
        alter default privileges for role portolan_owner in schema portolan
          grant select, insert, update, delete on tables to portolan_service;
        alter default privileges for role portolan_owner in schema portolan grant usage on sequences to portolan_service;
        alter default privileges for role portolan_owner in schema portolan grant select on tables to portolan_reader
        """
}
