import Postgres

extension Migration {
    /// The triggers of jobs are called only where they have something to say: most jobs that end do so from a state that needs no check.
    static let m0015JobTriggers = Migration(
        name: "m0015_job_triggers",
        sql: """
            create or replace trigger job_forward_only before update on portolan.job
              for each row when (
                new.progress_percent < old.progress_percent
                or (old.status <> new.status
                  and (new.status not in ('FAILED', 'STOPPED') or old.status in ('COMPLETED', 'FAILED', 'STOPPED'))))
              execute function portolan.forbid_final_job_change();
            -- A job that ends before it has begun crosses no boundary.
            create or replace trigger job_boundaries after update on portolan.job
              for each row when (
                old.status is distinct from new.status and (old.status <> 'PENDING' or new.status not in ('FAILED', 'STOPPED')))
              execute function portolan.note_boundary();
            """)
}
