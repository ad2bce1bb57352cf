/// Decides whether an entry of an archive may be extracted, from its header and the totals so far. Asked for each entry, in a pre-scan and
/// again while extracting; what an entry really holds is decided by ``ExtractionStreamGate``.
package struct ExtractionGate: Gate {
    /// An entry, and what came before it.
    package struct Input: Sendable {
        package let entry: ExtractionEntry
        package let budget: ExtractionBudget

        package init(_ entry: ExtractionEntry, _ budget: ExtractionBudget) {
            self.entry = entry
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

    /// The entry as it came.
    package func decide(_ input: Input) -> GateResult<ExtractionEntry> {
        let (entry, budget) = (input.entry, input.budget)
        let (policy, path) = (limits.policy, entry.path)
        switch entry.kind {
        case .file, .folder: break
        default: return .rejected(limits.rejection(.specialType, "An entry is neither file nor folder (\(Self.words(entry.kind))).", path))
        }
        guard budget.entries < policy.maximumEntries else {
            return .rejected(
                limits.rejection(.entryBudget, "The archive has too many entries.", path, limit: "\(policy.maximumEntries)"))
        }
        guard budget.archiveBytes > 0 else { return .rejected(limits.rejection(.bombRatio, "The archive has no size.", path)) }
        let declared = entry.declaredBytes ?? 0
        guard 0...policy.maximumFileBytes ~= declared else {
            return .rejected(
                limits.rejection(.fileSize, "An entry declares a size out of range.", path, limit: "\(policy.maximumFileBytes) bytes"))
        }
        if let rejection = limits.objection(to: declared, of: entry, budget, entries: budget.entries + 1) { return .rejected(rejection) }
        return .accepted(entry)
    }

    private static func words(_ kind: ExtractionEntry.Kind) -> String {
        switch kind {
        case .symbolicLink: "symbolic link"
        case .hardLink: "hard link"
        default: kind.rawValue
        }
    }
}
