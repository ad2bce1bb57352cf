import Postgres

extension Migration {
    /// What leads to a job, so that a documentation with many jobs can be deleted without reading these tables once for each.
    static let m0019JobReferences = Migration(
        name: "m0019_job_references",
        sql: """
            create index job_retry on portolan.job (retry_of) where retry_of is not null;
            create index dead_letter_job on portolan.dead_letter (job_id) where job_id is not null;
            """)
}
