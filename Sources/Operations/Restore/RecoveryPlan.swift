package import Domain
package import FoundationEssentials

/// From which backup to begin, and from where on the log is needed.
package struct RecoveryPlan: Sendable, Equatable {
    package let base: BaseBackup
    /// The first segment of the log.
    package let start: LogSegment
    /// Where to stop; nil goes to the end of the log.
    package let moment: Date?
    /// The timeline to follow where it is not the newest: that of a backup which lies on a line that was left.
    package let timeline: UInt32?

    /// Chooses among `bases`.
    ///
    /// - Parameters:
    ///   - bases: of any clusters; the one with the newest backup is meant unless `id` names one.
    ///   - histories: by cluster, of the newest timeline.
    ///   - id: this backup and no other, also one on a line that was left by a restore.
    ///   - moment: the state of then; nil for the newest there is.
    /// - Throws: ``Domain/Fault`` `E_NOT_FOUND` when there is no such backup, or none that is older than `moment`.
    package init(_ bases: [BaseBackup], histories: [String: TimelineHistory] = [:], id: String?, moment: Date?) throws(Fault) {
        let sorted = bases.sorted { ($0.finishedAt, $0.id) < ($1.finishedAt, $1.id) }
        guard let newest = sorted.last else {
            throw Fault(
                .notFound, code: "E_NOT_FOUND", "There is no base backup.", field: "backup_url",
                hint: "`portolan backup list` shows what a target holds.")
        }
        let isOnLine = { (base: BaseBackup) in histories[base.cluster]?.leads(from: base) ?? true }
        let own = sorted.filter { $0.cluster == newest.cluster }
        // Where a restore has just begun a line without a backup of its own, one from before it leads there.
        let candidates = id.map { id in sorted.filter { $0.id == id } } ?? (own.contains(where: isOnLine) ? own.filter(isOnLine) : own)
        guard !candidates.isEmpty else { throw Fault.notFound("backup", id ?? "") }
        // Consistent only from its end on: a moment before that needs an older one.
        let usable = moment.map { moment in candidates.filter { $0.finishedAt <= moment } } ?? candidates
        guard let base = usable.last else {
            throw Fault(
                .notFound, code: "E_NOT_FOUND",
                "No backup is older than \(moment?.formatted(.iso8601) ?? ""); the first one ends at \(candidates[0].finishedAt.formatted(.iso8601)).",
                field: "to_time")
        }
        (self.base, self.moment) = (base, moment)
        timeline = isOnLine(base) ? nil : base.timeline
        start = LogSegment(timeline: base.timeline, at: base.start)
    }
}
