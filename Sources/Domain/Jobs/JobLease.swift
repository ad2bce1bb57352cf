/// A worker's right to write for a job: every write is guarded by the fence, which grows with each lease, and by the job's state.
package struct JobLease: Sendable, Hashable {
    package let job: JobID
    /// Grows with every lease of the job; a write with an older one is refused.
    package let fence: Int64
    /// Name of the worker that holds it.
    package let holder: String

    package init(job: JobID, fence: Int64, holder: String) {
        self.job = job
        self.fence = fence
        self.holder = holder
    }
}

/// Why a guarded write was refused: the worker must let go of the job without a further write.
package enum LeaseLoss: Error, Sendable, Hashable {
    /// Another worker holds the job, or the lease ran out.
    case fenced
    /// A stop was asked for: the worker moves the job to STOPPED and writes nothing else.
    case stopRequested
    /// The job is in a final state.
    case finished(JobStatus)
}
