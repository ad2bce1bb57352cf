/// The bounds that headers and streams share.
struct ExtractionLimits {
    let policy: ExtractionPolicy
    let field: String

    /// What speaks against `count` more bytes of `entry`, which then has `size` bytes (`count` by default); `nil` when nothing does.
    func objection(
        to count: Int64, of entry: ExtractionEntry, _ budget: ExtractionBudget, entries: Int, size: Int64? = nil
    ) -> Rejection? {
        let size = size ?? count
        if budget.elapsed > policy.maximumTime {
            return rejection(.extractionTime, "The extraction takes too long.", entry.path, limit: "\(policy.maximumTime)")
        }
        if let compressed = entry.compressedBytes, Self.exceeds(size, policy.maximumEntryRatio, of: compressed, floor: policy.ratioFloor) {
            return rejection(
                .entryRatio, "An entry is too large for its part of the archive.", entry.path, limit: "\(policy.maximumEntryRatio) times")
        }
        let (total, overflows) = budget.bytes.addingReportingOverflow(count)
        let isLarge = entries <= policy.fewEntries && total > policy.maximumBytesOfFewEntries
        if overflows || isLarge || Self.exceeds(total, policy.maximumTotalRatio, of: budget.archiveBytes, floor: policy.ratioFloor) {
            return rejection(
                .bombRatio, "What the archive holds is too large for its size.", entry.path,
                limit: isLarge
                    ? "\(policy.maximumBytesOfFewEntries) bytes from \(policy.fewEntries) entries" : "\(policy.maximumTotalRatio) times")
        }
        return nil
    }

    func rejection(_ code: Rejection.Code, _ message: String, _ path: CheckedPath, limit: String? = nil) -> Rejection {
        Rejection(
            code, message, field: field, limit: limit, hint: "Check where the archive comes from, and pack it again without this entry.",
            details: ["path": path.description])
    }

    private static func exceeds(_ size: Int64, _ ratio: Int64, of compressed: Int64, floor: Int64) -> Bool {
        guard size > floor else { return false }
        let (allowed, overflows) = max(compressed, 0).multipliedReportingOverflow(by: ratio)
        return !overflows && size > allowed
    }
}
