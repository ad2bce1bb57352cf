import ArgumentParser
import Catalog
import Composition

/// `portolan db doctor`.
struct DBDoctorCommand: DatabaseCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor", abstract: "Find where rows, files and LATEST.json differ, and repair it with --fix.",
        discussion: """
            Ends with 1 while a row without its file is left. The object store is that of PORTOLAN_STORAGE_URL, else that of the local stack, \
            else the folder whose parts artifacts and extracted the roots name.
            """)

    @Option(help: ArgumentHelp("Folder artifacts of the object store.", valueName: "folder"))
    var artifactsRoot: String?

    @Option(help: ArgumentHelp("Folder extracted of the object store, beside that of the artifacts.", valueName: "folder"))
    var extractedRoot: String?

    @Flag(help: "Repair what is found.")
    var fix = false

    @Flag(help: "Repair although the storage is empty: all of its files are gone for good.")
    var allLost = false

    @Flag(help: "Repair nothing, even with --fix.")
    var dryRun = false

    @OptionGroup var options: DatabaseOptions

    func validate() throws {
        guard artifactsRoot != nil || extractedRoot != nil else { return }
        _ = try Self.root(artifactsRoot, extractedRoot)
    }

    /// The folder that both lie in.
    static func root(_ artifacts: String?, _ extracted: String?) throws -> String {
        func parent(_ path: String?, _ name: String) throws -> String? {
            guard var path else { return nil }
            while path.hasSuffix("/") { path.removeLast() }
            guard path.hasSuffix("/\(name)") else { throw ValidationError("--\(name)-root must be a path that ends with /\(name).") }
            return String(path.dropLast(name.count + 1))
        }
        let parents = Set([try parent(artifacts, "artifacts"), try parent(extracted, "extracted")].compactMap(\.self))
        guard parents.count == 1, let root = parents.first else {
            throw ValidationError("--artifacts-root and --extracted-root must lie in one folder.")
        }
        return root.isEmpty ? "/" : root
    }

    var change: CommandJournal.Command? { fix && !dryRun ? CommandJournal.Command(.db, "doctor") : nil }

    func run(with session: DatabaseSession) async throws {
        let isNamed = artifactsRoot != nil || extractedRoot != nil
        let root = isNamed ? session.absolute(try Self.root(artifactsRoot, extractedRoot)) : nil
        let report = try await session.database.examine(root: root, fix: fix && !dryRun, allLost: allLost)
        try session.show(report) {
            var table = TextTable([.text("ISSUE"), .text("SLOT"), .text("KEY"), .text("FIXED"), .text("DETAIL")])
            for issue in report.issues {
                table.add([issue.kind.rawValue, issue.slot, issue.key, issue.isFixed ? "yes" : "no", issue.detail])
            }
            return table.isEmpty ? "" : table.text
        }
        session.note("\(Figures.count(report.issues.count, "issue")) among \(report.objects) files and \(report.rows) rows.")
        if report.issues.contains(where: { $0.kind.isError && !$0.isFixed }) { throw ExitCode(1) }
    }
}
