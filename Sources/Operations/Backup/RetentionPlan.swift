package import FoundationEssentials

/// Which base backups are kept: all of the last day by the hour, of the last month by the day, of the last year by the week.
package struct RetentionPlan: Sendable, Equatable {
    /// How long there is one for each hour, day and week, and how long any moment can be restored.
    package struct Terms: Sendable {
        package var hourly: TimeInterval = 24 * 3600
        package var daily: TimeInterval = 30 * 86_400
        package var weekly: TimeInterval = 365 * 86_400
        package var anyMoment: TimeInterval = 7 * 86_400

        package init() {}
    }

    /// Kept, oldest first.
    package var kept: [BaseBackup] = []
    /// Past their time, oldest first.
    package var dropped: [BaseBackup] = []
    /// From where the log is kept: any moment since then can be restored. Nil keeps all of it.
    package var logStart: LogSegment?

    /// - Parameters:
    ///   - bases: of one cluster.
    ///   - history: of its timelines. What lies on a line that was left is kept by the same terms, and apart from the rest: nothing of it brings the
    ///     present back.
    ///   - now: the moment from which ages count.
    package init(_ bases: [BaseBackup], history: TimelineHistory = TimelineHistory(), now: Date, terms: Terms = Terms()) {
        let sorted = bases.sorted { ($0.startedAt, $0.id) < ($1.startedAt, $1.id) }
        // The first of its hour, day or week stays. The last of a period would move on with every backup, and none would grow old.
        var keep: Set<String> = []
        let line = sorted.filter(history.leads)
        let left = sorted.filter { !history.leads(from: $0) }
        for (term, period, bases) in [line, left].flatMap({
            [(terms.hourly, 3600.0, $0), (terms.daily, 86_400, $0), (terms.weekly, 7 * 86_400, $0)]
        }) {
            var taken: Set<Int> = []
            for base in bases where now.timeIntervalSince(base.startedAt) <= term {
                let slot = Int(base.startedAt.timeIntervalSince1970 / period)
                if taken.insert(slot).inserted { keep.insert(base.id) }
            }
        }
        // The newest one always stays, however old, and the one that any moment of the term can be reached from.
        if let newest = line.last ?? sorted.last { keep.insert(newest.id) }
        let reachable = line.last { now.timeIntervalSince($0.finishedAt) >= terms.anyMoment } ?? line.first
        if let reachable {
            keep.insert(reachable.id)
            logStart = LogSegment(timeline: reachable.timeline, at: reachable.start)
        }
        kept = sorted.filter { keep.contains($0.id) }
        dropped = sorted.filter { !keep.contains($0.id) }
    }
}
