/// Decides whether the next bytes of an entry may be written: headers may lie, the stream may not. Asked for each block before it is written.
package struct ExtractionStreamGate: Gate {
    /// A block of an entry, and what came before it.
    package struct Input: Sendable {
        package let entry: ExtractionEntry
        /// Bytes of the entry that were written before, which are in the budget too.
        package let written: Int64
        /// Bytes of the block. Not negative.
        package let count: Int
        package let budget: ExtractionBudget

        package init(_ entry: ExtractionEntry, written: Int64, count: Int, _ budget: ExtractionBudget) {
            self.entry = entry
            self.written = written
            self.count = count
            self.budget = budget
        }
    }

    package let name = GateName.extraction
    package let field: String
    private let limits: ExtractionLimits

    /// - Parameter field: the input field that rejections name.
    package init(_ policy: ExtractionPolicy = ExtractionPolicy(), field: String = "archive") {
        self.field = field
        limits = ExtractionLimits(policy: policy, field: field)
    }

    /// The bytes of the entry with the block.
    package func decide(_ input: Input) -> GateResult<Int64> {
        let entry = input.entry
        let allowed = min(entry.declaredBytes ?? .max, limits.policy.maximumFileBytes)
        let (size, overflows) = input.written.addingReportingOverflow(Int64(input.count))
        guard !overflows, size <= allowed else {
            return .rejected(
                limits.rejection(
                    .fileSizeStream, "An entry goes on beyond the size that it declared or may have.", entry.path,
                    limit: "\(allowed) bytes"))
        }
        if let rejection = limits.objection(to: Int64(input.count), of: entry, input.budget, entries: input.budget.entries, size: size) {
            return .rejected(rejection)
        }
        return .accepted(size)
    }
}
