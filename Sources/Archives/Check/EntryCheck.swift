import Domain
import Policy

/// All rules for the entries of one walk through an archive, with what came before. Both walks have one of their own, so that the second
/// does not rely on the first.
struct EntryCheck {
    private let gates: GateRegistry
    private let pathGate: FilesystemGate
    private let setGate: PathSetGate
    private let entryGate: ExtractionGate
    private let streamGate: ExtractionStreamGate
    private let elapsed: () -> Duration
    private var paths = PathSet()
    /// The totals so far.
    private(set) var budget: ExtractionBudget

    init(gates: GateRegistry, policy: ArchivePolicy, archiveBytes: Int64, elapsed: @escaping () -> Duration) {
        self.gates = gates
        pathGate = FilesystemGate(policy.paths, field: "archive")
        setGate = PathSetGate(policy.paths, field: "archive")
        entryGate = ExtractionGate(policy.extraction)
        streamGate = ExtractionStreamGate(policy.extraction)
        budget = ExtractionBudget(archiveBytes: archiveBytes)
        self.elapsed = elapsed
    }

    /// The entry of `header` with its checked path; a folder may be the root itself.
    /// - Throws: ``Domain/Fault`` with the code of the rule that it breaks.
    mutating func admit(_ header: ArchiveHeader) throws(Fault) -> ExtractionEntry {
        if header.isEncrypted {
            throw .archive(.encrypted, "The archive is encrypted.", hint: "Pack it again without a password.")
        }
        if header.isSparse { throw .archive(.special, "An entry has parts that are only implied.") }
        // A hidden file is left out, but its path is held to the same rules.
        let path = try gates.evaluate(pathGate, Self.withoutLeadingDot(header.path)).get()
        budget.elapsed = elapsed()
        let entry = ExtractionEntry(path, header.kind, declaredBytes: header.kind == .folder ? 0 : header.size)
        _ = try gates.evaluate(entryGate, ExtractionGate.Input(entry, budget)).get()
        budget.countEntry()
        if path.isRoot || Self.isHidden(header.path) { return entry }
        let isFolder = header.kind == .folder
        _ = try gates.evaluate(setGate, PathSetGate.Candidate(path, isFolder: isFolder, others: paths)).get()
        paths.insert(path, isFolder: isFolder)
        return entry
    }

    /// Lets `count` more bytes of `entry` pass, of which `written` came before.
    mutating func admit(_ count: Int, of entry: ExtractionEntry, written: Int64) throws(Fault) {
        budget.elapsed = elapsed()
        _ = try gates.evaluate(streamGate, ExtractionStreamGate.Input(entry, written: written, count: count, budget)).get()
        budget.add(bytes: Int64(count))
    }

    /// Whether a name in `path` begins with a dot, other than `.` and `..` themselves.
    static func isHidden(_ path: [UInt8]) -> Bool {
        path.split(separator: 0x2F).contains { $0.first == 0x2E && !$0.elementsEqual([0x2E]) && !$0.elementsEqual([0x2E, 0x2E]) }
    }

    /// `path`, with the dot of a hidden first name taken off.
    private static func withoutLeadingDot(_ path: [UInt8]) -> [UInt8] {
        var rest = path[...]
        while rest.starts(with: [0x2E, 0x2F]) { rest = rest.dropFirst(2) }
        guard rest.first == 0x2E, isHidden(Array(rest.prefix { $0 != 0x2F })) else { return path }
        return Array(rest.drop { $0 == 0x2E })
    }
}
